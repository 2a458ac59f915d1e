using Vee.Machines.Networking;
using Vee.Machines.State;
using Vee.Machines.Tests.State;
using Xunit;

namespace Vee.Machines.Tests.Linux.Sockets;

public sealed class EarlyArrivalsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_knows_what_a_table_of_all_bytes_knows(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 500; round++)
        {
            var early = new EarlyArrivals();
            var has = new bool[3000];
            var offset = 0;
            for (var step = 0; step < 30; step++)
            {
                var start = offset + random.Next(60);
                var end = start + random.Next(10);
                var isNew = has.AsSpan(start, end - start).Contains(false);
                Assert.Equal(isNew ? EarlyOutcome.Kept : EarlyOutcome.Repeated, early.Keep((ulong)start, (ulong)end));
                has.AsSpan(start, end - start).Fill(true);
                if (random.Next(6) == 0)
                {
                    // The next byte comes in its turn.
                    has[offset] = true;
                    var reached = early.TakeUpTo((ulong)offset + 1);
                    offset = Array.IndexOf(has, false, offset);
                    Assert.Equal((ulong)offset, reached);
                }

                AssertSame(early, has, offset);
            }
        }
    }

    [Fact]
    public void It_is_the_same_after_a_restore()
    {
        var early = new EarlyArrivals();
        early.Keep(5, 8);
        early.Keep(10, 11);
        early.KeepEnd(15);
        var restored = Restored(StateBuffer.Written(early.Save), 3, 15);
        Assert.Equal([(5, 8), (10, 11)], restored.Ranges);
        Assert.True(restored.EndsAt(15));
        Assert.Equal(11UL, restored.TakeUpTo(10));
    }

    [Theory]
    [InlineData("5-8 8-9", "")]
    [InlineData("5-8 7-9", "")]
    [InlineData("10-11 5-8", "")]
    [InlineData("5-5", "")]
    [InlineData("8-5", "")]
    [InlineData("2-4", "")]
    [InlineData("5-101", "")]
    [InlineData("5-18446744073709551615", "")]
    [InlineData("5-8", "7")]
    [InlineData("", "2")]
    [InlineData("", "101")]
    public void A_state_that_cannot_be_is_refused(string ranges, string end)
    {
        var saved = StateBuffer.Written(state =>
        {
            state.List("early", ranges.Split(' ', StringSplitOptions.RemoveEmptyEntries), static (to, range) =>
            {
                to.UInt64("start", ulong.Parse(range.Split('-')[0], null));
                to.UInt64("end", ulong.Parse(range.Split('-')[1], null));
            });
            state.Boolean("hasEnd", end.Length > 0);
            state.UInt64("end", end.Length > 0 ? ulong.Parse(end, null) : 0);
        });
        Assert.Throws<StateRefusedException>(() => Restored(saved, 3, 100));
    }

    private static void AssertSame(EarlyArrivals early, bool[] has, int offset)
    {
        var known = new bool[has.Length];
        var before = -1;
        foreach (var (start, end) in early.Ranges)
        {
            Assert.True((int)start > before && end > start);
            known.AsSpan((int)start, (int)(end - start)).Fill(true);
            before = (int)end;
        }

        Assert.True(has.AsSpan(offset).SequenceEqual(known.AsSpan(offset)));
    }

    private static EarlyArrivals Restored(byte[] saved, ulong offset, ulong limit)
    {
        var early = new EarlyArrivals();
        early.Restore(new StateReader(StateBuffer.Source(saved)), offset, limit);
        return early;
    }
}
