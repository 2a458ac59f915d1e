using System.Text;
using Vee.Cli.Simulations;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Scenarios;
using Vee.Hypervisor.Scheduling;
using Xunit;

namespace Vee.Cli.Tests.Simulations;

public sealed class ExperimentTests
{
    private const long Second = 1_000_000_000;

    public static TheoryData<string> Experiments => [.. Directory
        .GetFiles(Path.Combine(Repository.Root, "config", "experiments"), "*.yaml")
        .Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Experiments))]
    public void An_experiment_runs_and_loses_nothing(string name)
    {
        var scenario = Experiment(name);
        Assert.Equal(name, scenario.Name);
        var brief = scenario with
        {
            Warmup = Math.Min(scenario.Warmup, Second),
            Duration = Math.Min(scenario.Duration, 5 * Second),
        };
        var runs = SimulationRuns.Execute(brief, [1, 2], progress: null);

        Assert.Equal([1UL, 2UL], runs.Select(run => run.Seed));
        Assert.All(runs.SelectMany(run => run.Of(SubjectKind.Core)), core => Assert.InRange(
            core[FigureNames.Utilisation]!.Value, 0, 1));
        Assert.All(runs.SelectMany(run => run.Of(SubjectKind.Class)), type => Assert.True(
            type[FigureNames.Completions] > 0));
    }

    [Fact]
    public void The_trace_is_as_on_paper()
    {
        var result = ScenarioRun.Execute(Experiment("trace"), 5, null, TestContext.Current.CancellationToken);

        var type = Assert.Single(result.Of(SubjectKind.Class));
        Assert.Equal(5, type[FigureNames.Arrivals]);
        Assert.Equal(5, type[FigureNames.Completions]);
        Assert.Equal(250, type[FigureNames.Throughput]);
        Assert.Equal(3, type[FigureNames.Mean(FigureNames.Response)]);
        Assert.Equal(5, type[FigureNames.Max(FigureNames.Response)]);
        Assert.Equal(0.8, type[FigureNames.Mean(FigureNames.Wait)]);
        Assert.Equal(2.2, type[FigureNames.ServiceMean]);
        Assert.Equal(0.75, type[FigureNames.PresentMean]);
        Assert.Equal(0, type[FigureNames.PresentAtEnd]);
        Assert.Null(type[FigureNames.DeadlineMisses]);
        var guest = Assert.Single(result.Of(SubjectKind.Guest));
        Assert.Equal((11, 0.55), (guest[FigureNames.CpuTime], guest[FigureNames.CpuCores]));
    }

    [Theory]
    [InlineData("mm1", 20, 4)]
    [InlineData("md1", 10, 2.4)]
    [InlineData("mmc", 0.7145, 3.8003)]
    [InlineData("closed-loop", 7.4994, 2.6744)]
    public void Queues_are_as_mathematics_says(string name, double waitMs, double present)
    {
        var scenario = Experiment(name);
        var summary = ScenarioSummary.Of(
            SimulationRuns.Execute(scenario, [.. Enumerable.Range(1, 10).Select(seed => (ulong)seed)], null));

        var type = Assert.Single(summary.Of(SubjectKind.Class));
        AssertNear(waitMs, type[FigureNames.Mean(FigureNames.Wait)]);
        AssertNear(present, type[FigureNames.PresentMean]);
    }

    [Fact]
    public void Hardware_profiles_are_embedded_as_they_are_in_the_repository()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "config", "hardware"), "*.yaml")
            .Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);
        var profiles = SimulationFile.Profiles();
        Assert.Equal(files, profiles.Keys.Order(StringComparer.Ordinal));
        Assert.All(profiles.Values, profile => Assert.Empty(HardwareCheck.Defects(profile)));
    }

    [Fact]
    public void The_page_names_every_policy_option_profile_and_figure()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "sim.md"));
        foreach (var kind in SchedulerKinds.All)
        {
            Assert.Contains($"| `{kind.Name}` |", page, StringComparison.Ordinal);
            Assert.All(kind.Options, option => Assert.Contains(
                $"| `{kind.Name}` | `{option.Name}` |", page, StringComparison.Ordinal));
        }

        Assert.All(
            SimulationFile.Profiles().Keys, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
        var result = ScenarioRun.Execute(
            Experiment("probe") with { Duration = Second }, 1, null, TestContext.Current.CancellationToken);
        var all = result.Measurements
            .Concat(ScenarioRun.Execute(Experiment("trace"), 1, null, TestContext.Current.CancellationToken)
                .Measurements).ToList();
        Assert.Equal(
            Enum.GetValues<SubjectKind>().Where(kind => kind != SubjectKind.None),
            all.Select(m => m.Subject.Kind).Distinct().Order());
        var names = all.SelectMany(m => m.Figures.Select(f => f.Name).Concat(m.Facts.Select(f => f.Name))).Distinct()
            .Where(name => !name.Contains("P50", StringComparison.Ordinal)
                && !name.Contains("P95", StringComparison.Ordinal)
                && !name.Contains("P99", StringComparison.Ordinal)
                && !name.EndsWith("MaxVirtualMs", StringComparison.Ordinal));
        Assert.All(names, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_example_of_the_page_is_a_scenario()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "sim.md"));
        var start = page.IndexOf("```yaml\n", StringComparison.Ordinal) + "```yaml\n".Length;
        ScenarioYaml.Good(page[start..page.IndexOf("```", start, StringComparison.Ordinal)]);
    }

    private static Scenario Experiment(string name) => ScenarioYaml.Good(
        File.ReadAllText(Path.Combine(Repository.Root, "config", "experiments", $"{name}.yaml"), Encoding.UTF8));

    /// <summary>Within twice the half-width, which is 99.9 % of all seeds, and that says something.</summary>
    private static void AssertNear(double expected, FigureSummary figure)
    {
        var (mean, half) = (figure.Mean!.Value, figure.HalfWidth!.Value);
        Assert.True(Math.Abs(mean - expected) <= 2 * half, $"{figure.Name}: {mean} ± {half}, {expected} expected");
        Assert.True(half < 0.1 * expected, $"{figure.Name}: ± {half} about {expected} says too little");
    }
}
