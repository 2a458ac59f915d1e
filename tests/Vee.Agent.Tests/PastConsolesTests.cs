using Vee.Agent.Consoles;
using Vee.Agent.Guests;
using Xunit;

namespace Vee.Agent.Tests;

public sealed class PastConsolesTests
{
    [Fact]
    public void The_first_go_when_there_are_too_many_bytes()
    {
        var past = new PastConsoles(3 * 5000);
        foreach (var uid in (string[])["a", "b", "c"])
        {
            past.Keep(Console(uid, instance: 1));
        }

        past.Keep(Console("a", instance: 2));
        past.Keep(Console("d", instance: 1));

        Assert.Equal(
            [false, true, false, true, true],
            new[] { ("a", 1), ("a", 2), ("b", 1), ("c", 1), ("d", 1) }
                .Select(e => past.Find(e.Item1, e.Item2) is not null));
    }

    [Fact]
    public void One_that_is_larger_than_all_may_be_is_not_kept()
    {
        var past = new PastConsoles(1000);
        past.Keep(Console("a", instance: 1));
        Assert.Null(past.Find("a", 1));
    }

    private static PastConsole Console(string uid, long instance)
    {
        var log = new ConsoleLog(4096, TimeProvider.System);
        log.Append(1, "text"u8);
        return new PastConsole(uid, instance, log, new GuestEnd(GuestEndReason.Exited, "over"));
    }
}
