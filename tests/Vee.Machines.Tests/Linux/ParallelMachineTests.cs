using Xunit;

namespace Vee.Machines.Tests.Linux;

/// <summary>Harts that really run at once, in programs that make them meet.</summary>
public sealed class ParallelMachineTests
{
    [Fact]
    public async Task Stores_to_pages_that_another_hart_unmaps_happen_or_fault()
    {
        var console = new TestConsole { Ended = true };
        using var machine = GuestRun.Create("conformance/unmap_race", [], console, harts: 4);

        var ending = await GuestRun.ToEndInParallelAsync(machine);

        Assert.Equal(("fresh 2000 of 2000\nstored: yes\n", 0), (console.Output, ending.ShellStatus));
    }

    [Fact]
    public async Task Pages_under_several_addresses_are_the_same_to_all_harts()
    {
        var console = new TestConsole { Ended = true };
        using var machine = GuestRun.Create("conformance/shared_pages", [], console, harts: 2);

        var ending = await GuestRun.ToEndInParallelAsync(machine);

        Assert.Equal(0, ending.ShellStatus);
        Assert.EndsWith("woken 1\n", console.Output, StringComparison.Ordinal);
    }
}
