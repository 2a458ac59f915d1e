using Vee.Cli.Benchmarks.Migrations;
using Vee.Hypervisor.Events;

namespace Vee.Cli.Benchmarks.Pages;

/// <summary>Pages of the machines that are moved in <c>vee bench migration</c>, as they change while they execute.
/// </summary>
internal static class GuestPages
{
    private const long Interval = 100 * VirtualTime.Millisecond;
    private const int Looks = 8;
    private const int PagesOfLook = 50;

    /// <summary>A set for each program and pattern; recorded when it is asked for, the same ones on any computer.
    /// </summary>
    internal static IEnumerable<PageSet> Record() =>
        from load in MigrationLoads.All
        let pairs = MigrationRack.RecordPages(CellOf(load), Interval, Looks, PagesOfLook)
        where pairs.Length != 0
        select new PageSet(load.Name, "guest", pairs);

    // Nothing goes over the link; hosts have one all the same.
    private static MigrationCell CellOf(MigrationLoad load) => new()
    {
        Load = load, LinkBitsPerSecond = 1_000_000_000, RoundTrip = VirtualTime.Millisecond,
    };
}
