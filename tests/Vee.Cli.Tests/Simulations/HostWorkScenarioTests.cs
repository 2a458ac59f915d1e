using System.Text;
using Vee.Cli.Simulations;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scenarios;
using Xunit;

namespace Vee.Cli.Tests.Simulations;

/// <summary>A host's own work in files.</summary>
public sealed class HostWorkScenarioTests
{
    private const string Copy = "name: j, arrivals: {periodic: {period: 10ms}}, pages: 3, what: copy";
    private const string Spin = "{name: g, spin: {}}";
    private const string Hardware =
        "{cores: [{count: 1}], costs: {perPage: {copy: 2us, digest: 500ns, nothing: 0, all: 1s}}}";

    [Fact]
    public void Every_field_is_read()
    {
        var work = ScenarioYaml.Good(With(
            "vcpus: 2, weight: 512, cap: 50, affinity: [0], jobs: ["
                + "{name: a, arrivals: {poisson: {rate: 5/s}}, cpu: {exponential: 2ms}, deadline: 1s}, "
                + "{name: b, arrivals: {trace: [1s]}, pages: 1000, what: digest}]")).Hosts[0].HostWork!;

        Assert.Equal(["dom0"], work.Names);
        Assert.Equal((2, 512, 50), (work.VcpuCount, work.Share.Weight, work.Share.CapPercent));
        Assert.Equal([[0]], work.Share.Affinity!);
        var sources = Assert.IsType<GuestLoad.Jobs>(work.Load).Sources;
        Assert.Equal(["a", "b"], sources.Select(source => source.Name));
        Assert.Equal([new JobPhase.Cpu(new Distribution.Exponential(2e6))], sources[0].Phases);
        Assert.Equal(1_000_000_000, sources[0].Deadline);
        // 1000 pages of 500 ns.
        Assert.Equal([new JobPhase.Cpu(new Distribution.Constant(500_000))], sources[1].Phases);
        Assert.Null(ScenarioYaml.Good(ScenarioYaml.WithGuest(Spin)).Hosts[0].HostWork);
    }

    [Theory]
    [InlineData("cap: 1", "spec.hosts[0].hostWork.jobs: is missing")]
    [InlineData("jobs: []", "hostWork.jobs: has 0 items, must have 1 to 64")]
    [InlineData("vcpus: 0, jobs: [{" + Copy + "}]", "hostWork.vcpus: must be a whole number from 1 to 256")]
    [InlineData("count: 2, jobs: [{" + Copy + "}]", "hostWork.count: there is no such field")]
    [InlineData("jobs: [{" + Copy + "}, {" + Copy + "}]", "hostWork.jobs[1]: the guest has a class 'j' already")]
    [InlineData("jobs: [{" + Copy + ", cpu: 1ms}]", "jobs[0]: must have exactly one of cpu, pages: pages and cpu are")]
    [InlineData("jobs: [{name: j, arrivals: {trace: [0]}, pages: 0, what: copy}]",
        "jobs[0].pages: must be a whole number from 1 to 4294967296, not '0'")]
    [InlineData("jobs: [{name: j, arrivals: {trace: [0]}, pages: 4}]", "jobs[0].what: is missing")]
    [InlineData("jobs: [{name: j, arrivals: {trace: [0]}, pages: 4, what: zip}]",
        "hostWork.jobs[0].what: costs.perPage of the host's hardware has no 'zip'; there are all, copy, digest, "
        + "nothing")]
    [InlineData("jobs: [{name: j, arrivals: {trace: [0]}, cpu: 1ms, what: copy}]",
        "jobs[0].what: says what is done to pages, and there are no 'pages' here")]
    [InlineData("jobs: [{name: j, arrivals: {trace: [0]}, pages: 4294967296, what: all}]",
        "jobs[0].pages: take 4294967296 s of a core, at most a year is possible")]
    [InlineData("jobs: [{name: j, arrivals: {closed: {clients: 1, think: 0}}, pages: 4, what: nothing}]",
        "jobs[0].arrivals: clients that do not think, of jobs that take no time")]
    [InlineData("vcpus: 256, jobs: [{name: j, arrivals: {closed: {clients: 1000000, think: 1s}}, cpu: 0}, "
        + "{name: k, arrivals: {closed: {clients: 1, think: 1s}}, cpu: 0}]",
        "guests: have 1000001 clients together")]
    public void What_is_wrong_is_told(string work, string defect) =>
        Assert.Contains(
            ScenarioYaml.Defects(With(work)), line => line.Contains(defect, StringComparison.Ordinal));

    [Fact]
    public void A_profile_without_costs_of_pages_is_told()
    {
        var plain = With($"jobs: [{{{Copy}}}]").Replace(
            Hardware, "{profile: xeon-2010}", StringComparison.Ordinal);
        var defect = Assert.Single(ScenarioYaml.Defects(plain));
        Assert.Contains("has no 'copy'; it has none: describe the hardware, with costs.perPage", defect,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_else_has_its_name()
    {
        var guest = "{name: dom0, spin: {}}";
        var defect = Assert.Single(ScenarioYaml.Defects(With($"jobs: [{{{Copy}}}]", guest)));
        Assert.Contains("guests[0]: 'dom0' is the host's own work", defect, StringComparison.Ordinal);
        ScenarioYaml.Good(ScenarioYaml.WithGuest(guest));
    }

    [Fact]
    public void It_is_a_guest_in_the_result_and_competes_with_the_others()
    {
        var scenario = ScenarioYaml.Good(With(
            "weight: 512, jobs: [{name: j, arrivals: {closed: {clients: 1, think: 1ns}}, cpu: 20ms}]"));
        var result = ScenarioRun.Execute(
            scenario with { Duration = 60_000_000_000 }, 1, null, TestContext.Current.CancellationToken);

        Assert.Equal(["dom0", "g"], result.Of(SubjectKind.Guest).Select(guest => guest.Subject.Guest));
        // Twice the weight of a guest that always computes.
        Assert.Equal(0.667, result.Of(SubjectKind.Guest).First()[FigureNames.CpuShare]!.Value, 0.02);
        var type = Assert.Single(result.Of(SubjectKind.Class));
        Assert.Equal(("dom0", "j"), (type.Subject.Guest, type.Subject.Name));
        Assert.Equal(30, type[FigureNames.Mean(FigureNames.Response)]!.Value, 1.0);
    }

    [Fact]
    public void A_cap_makes_a_dump_longer_and_spares_the_guest()
    {
        var text = File.ReadAllText(
            Path.Combine(Repository.Root, "config", "experiments", "dom0.yaml"), Encoding.UTF8);
        var capped = Summary(text);
        var free = Summary(text.Replace("      cap: 20\n", "", StringComparison.Ordinal));

        // 655 ms of work, at 20 % of the core and at half of it.
        Assert.Equal(3_277, Response(capped, "dumps").Mean!.Value, 80.0);
        Assert.Equal(1_311, Response(free, "dumps").Mean!.Value, 80.0);
        // 32768 pages in 5 s, 20 µs each, and 500 in a second, 1 µs each.
        Assert.Equal(
            0.1316, capped.Of(SubjectKind.Guest).First()[FigureNames.CpuCores].Mean!.Value, 0.001);
        var (spared, harmed) = (Response(capped, "requests").Mean!.Value, Response(free, "requests").Mean!.Value);
        Assert.True(3 * spared < harmed, $"{spared} ms with the cap, {harmed} without");
    }

    private static FigureSummary Response(ScenarioSummary summary, string name) => summary.Of(SubjectKind.Class)
        .Single(type => type.Subject.Name == name)[FigureNames.Mean(FigureNames.Response)];

    private static ScenarioSummary Summary(string text) => ScenarioSummary.Of(SimulationRuns.Execute(
        ScenarioYaml.Good(text), [.. Enumerable.Range(1, 5).Select(seed => (ulong)seed)], null));

    private static string With(string work, string guest = Spin) => $$"""
        apiVersion: vee.dev/v1alpha1
        kind: Simulation
        metadata: {name: test}
        spec:
          duration: 1s
          hosts:
          - name: h1
            hardware: {{Hardware}}
            scheduler: {policy: credit}
            hostWork: { {{work}} }
            guests:
            - {{guest}}

        """;
}
