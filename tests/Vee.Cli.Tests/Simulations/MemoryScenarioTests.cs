using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Scenarios;
using Xunit;

namespace Vee.Cli.Tests.Simulations;

/// <summary>Guests that write to their memory, in files.</summary>
public sealed class MemoryScenarioTests
{
    private const string Busy = "jobs: [{name: j, arrivals: {closed: {clients: 1, think: 1ns}}, phases: [cpu: 10ms]}]";

    [Fact]
    public void Every_field_is_read()
    {
        Assert.Equal(
            new DirtyProfile
            {
                FootprintPages = 16_384, WritesPerSecond = 2_000, HotShare = 0.1, HotWriteShare = 0.9,
            },
            Memory("footprint: 64Mi, writes: 2/ms, hotShare: 0.1, hotWriteShare: 0.9"));
        Assert.Equal(
            new DirtyProfile { FootprintPages = 1, WritesPerSecond = 0.5, IsSequential = true },
            Memory("footprint: 4Ki, writes: 30/m, sequential: true"));
        Assert.Equal(
            new DirtyProfile { FootprintPages = 1, WritesPerSecond = 0 }, Memory("footprint: 4Ki, writes: 0/s"));
    }

    [Theory]
    [InlineData("writes: 1/s", "memory.footprint: is missing")]
    [InlineData("footprint: 4Ki", "memory.writes: is missing")]
    [InlineData("footprint: 4k, writes: 1/s", "memory.footprint: '4k' is impossible: must be 4096 to 1099511627776")]
    [InlineData("footprint: 10k, writes: 1/s", "footprint: '10k' is no whole number of pages of 4096 bytes")]
    [InlineData("footprint: 8Gi, writes: 1/s",
        "spec.hosts[0].guests: have 8589934592 bytes of memory together, the host has 4294967296 for them")]
    [InlineData("footprint: 4Ki, writes: 5", "memory.writes: must be a rate such as 200/s")]
    [InlineData("footprint: 4Ki, writes: 2/ns", "memory.writes: must be a rate such as 200/s")]
    [InlineData("footprint: 4Ki, writes: 1/s, hotShare: 0", "memory.hotShare: must be a number from 0.000001 to 1")]
    [InlineData("footprint: 4Ki, writes: 1/s, hotShare: 1, hotWriteShare: 1.1", "hotWriteShare: must be a number")]
    [InlineData("footprint: 4Ki, writes: 1/s, hotWriteShare: 0.5", "hotWriteShare: means nothing without 'hotShare'")]
    [InlineData("footprint: 4Ki, writes: 1/s, hotShare: 0.5, sequential: true", "hotShare: means nothing for a guest")]
    [InlineData("footprint: 4Ki, writes: 1/s, sequential: 1", "memory.sequential: must be true or false")]
    [InlineData("footprint: 4Ki, writes: 1/s, pages: 4", "memory.pages: there is no such field")]
    public void What_is_wrong_is_told(string memory, string defect) =>
        Assert.Contains(
            ScenarioYaml.Defects(With(memory)), line => line.Contains(defect, StringComparison.Ordinal));

    [Fact]
    public void More_writes_than_can_be_simulated_are_refused()
    {
        var text = With("footprint: 4Ki, writes: 1/ns").Replace(
            "duration: 1s", "duration: 51s", StringComparison.Ordinal);
        var defect = Assert.Single(ScenarioYaml.Defects(text));
        Assert.Contains("memory.writes: may be 102000000000 writes in the time that is simulated", defect,
            StringComparison.Ordinal);
        ScenarioYaml.Good(text.Replace("51s", "49s", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_a_guest_with_jobs_writes()
    {
        var defect = Assert.Single(ScenarioYaml.Defects(
            ScenarioYaml.WithGuest("{name: g, spin: {}, memory: {footprint: 4Ki, writes: 1/s}}")));
        Assert.Contains("guests[0].memory: means something for a guest with 'jobs' only", defect,
            StringComparison.Ordinal);
    }

    /// <summary>Each copy executes half of the time, as there are four vCPUs for two cores.</summary>
    [Fact]
    public void What_it_writes_is_by_how_long_it_executes_and_counts_from_the_measured_part_on()
    {
        var result = Run("footprint: 4Mi, writes: 100/s, sequential: true", "count: 4, ");

        var guests = result.Of(SubjectKind.Guest).ToList();
        Assert.Equal(4, guests.Count);
        Assert.All(guests, guest =>
        {
            Assert.Equal(0.5, guest[FigureNames.CpuCores]!.Value, 0.02);
            Assert.Equal(500, guest[FigureNames.PagesWritten]!.Value, 20.0);
            Assert.Equal(guest[FigureNames.PagesWritten] / 10, guest[FigureNames.PagesWrittenRate]);
            // It has not come round in 1024 pages.
            Assert.Equal(guest[FigureNames.PagesWritten], guest[FigureNames.PagesDirtied]);
            Assert.Equal(guest[FigureNames.PagesDirtied] / 10, guest[FigureNames.PagesDirtiedRate]);
        });
    }

    [Fact]
    public void Hot_pages_are_dirtied_and_cold_ones_hardly()
    {
        var guest = Assert.Single(Run(
            "footprint: 40Mi, writes: 10000/s, hotShare: 0.1, hotWriteShare: 0.99").Of(SubjectKind.Guest));

        Assert.Equal(100_000, guest[FigureNames.PagesWritten]!.Value, 100.0);
        // All 1024 hot ones, and of 9216 cold ones those that 1000 writes meet: 9216 x (1 - exp(-1000 / 9216)).
        Assert.Equal(1_024 + 947, guest[FigureNames.PagesDirtied]!.Value, 100.0);
    }

    [Fact]
    public void Others_have_no_such_figures()
    {
        var result = ScenarioRun.Execute(
            ScenarioYaml.Good(ScenarioYaml.WithGuest($"{{name: g, {Busy}}}")), 1, null,
            TestContext.Current.CancellationToken);
        Assert.Null(Assert.Single(result.Of(SubjectKind.Guest))[FigureNames.PagesDirtied]);
    }

    private static DirtyProfile Memory(string memory) =>
        Assert.IsType<GuestLoad.Jobs>(ScenarioYaml.Good(With(memory)).Hosts[0].Guests[0].Load).Memory!;

    private static SimulationResult Run(string memory, string more = "") => ScenarioRun.Execute(
        ScenarioYaml.Good(With(memory, more)) with { Warmup = 5_000_000_000, Duration = 10_000_000_000 }, 1, null,
        TestContext.Current.CancellationToken);

    private static string With(string memory, string more = "vcpus: 2, ") =>
        ScenarioYaml.WithGuest($"{{name: g, {more}{Busy}, memory: {{{memory}}}}}");
}
