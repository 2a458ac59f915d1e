using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Tests.State;
using Vee.Machines.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Racks;

/// <summary>Where an address is found that moves, whatever the order in which its hosts say so.</summary>
public sealed class AddressTableTests
{
    private const uint Address = 0x0A000009;

    private static readonly string[] Hosts = ["a", "b", "c"];

    /// <summary>What each host says of itself, in its order: C comes, L leaves, then when.</summary>
    [Theory]
    [InlineData("aC0 aL5", "bC5", "a a a a a b b b b b b b")]
    [InlineData("aC0 aL5", "bC3", "a a a b b b b b b b b b")]
    [InlineData("aC0 aL5 aC9", "bC5 bL9", "a a a a a b b b b a a a")]
    [InlineData("aC0 aL5 aC8", "bC4 bL9", "a a a a b b b b a a a a")]
    [InlineData("aC0 aL5 aC5", "bC5 bL5", "a a a a a a a a a a a a")]
    [InlineData("aC0 aL5", "bC5 bL7", "a a a a a b b - - - - -")]
    [InlineData("aC0 aL5", "bC7", "a a a a a - - b b b b b")]
    [InlineData("aC0", "bC4 bL6", "a a a a b b a a a a a a")]
    [InlineData("aC0", "bC0", "b b b b b b b b b b b b")]
    [InlineData("aC0 aL5", "bC5 bL8 cC8", "a a a a a b b b c c c c")]
    public void An_address_is_found_where_it_came_last(string one, string other, string found)
    {
        var interleavings = 0;
        foreach (var order in Interleavings(Read(one), Read(other)))
        {
            interleavings++;
            for (var cut = 0; cut <= order.Count; cut++)
            {
                // What is told in a first window, and in a second one some time later but before it holds.
                var now = order.Skip(cut).Select(placement => placement.From).DefaultIfEmpty(0).Min();
                var table = new AddressTable();
                foreach (var placement in order.Take(cut))
                {
                    table.Add(placement, 0);
                }

                table = Restored(table);
                foreach (var placement in order.Skip(cut))
                {
                    table.Add(placement, now);
                }

                Assert.Equal(
                    found.Split(' ').Skip((int)now),
                    Enumerable.Range((int)now, 12 - (int)now).Select(time => table.Find(Address, time) ?? "-"));
            }
        }

        Assert.InRange(interleavings, 2, 20);
    }

    [Fact]
    public void What_is_told_when_it_holds_already_forgets_nothing_that_counts()
    {
        var table = new AddressTable();
        var random = new Random(1);
        var owners = new List<string>();
        for (var now = 0L; now < 10_000; now++)
        {
            var host = Hosts[random.Next(3)];
            var hasLeft = owners.Remove(host);
            if (!hasLeft)
            {
                owners.Add(host);
            }

            table.Add(new Placement(Address, host, now, hasLeft), now);
            Assert.Equal(owners.LastOrDefault(), table.Find(Address, now));
        }

        Assert.InRange(MemoryState.Of(table.Save).Length, 0, 1000);
    }

    [Fact]
    public void Addresses_that_have_gone_are_forgotten()
    {
        var table = new AddressTable();
        for (var number = 1u; number <= 50_000; number++)
        {
            table.Add(new Placement(number, "a", number), number);
            table.Add(new Placement(number, "a", number, HasLeft: true), number);
        }

        Assert.InRange(MemoryState.Of(table.Save).Length, 0, 10_000 * 60);
        Assert.Null(table.Find(50_000, 50_000));
    }

    [Fact]
    public void A_state_with_a_host_that_is_not_there_is_refused()
    {
        var table = new AddressTable();
        table.Add(new Placement(Address, "elsewhere", 0), 0);
        Assert.Throws<StateRefusedException>(() => Restored(table));
    }

    private static AddressTable Restored(AddressTable table)
    {
        var restored = new AddressTable();
        MemoryState.Read(MemoryState.Of(table.Save), state => restored.Restore(state, Hosts));
        return restored;
    }

    private static List<Placement> Read(string text) =>
        [.. text.Split(' ').Select(word => new Placement(
            Address, word[..1], long.Parse(word[2..], null), HasLeft: word[1] == 'L'))];

    private static IEnumerable<List<Placement>> Interleavings(List<Placement> one, List<Placement> other)
    {
        if (one.Count == 0 || other.Count == 0)
        {
            yield return [.. one, .. other];
            yield break;
        }

        foreach (var rest in Interleavings(one[1..], other))
        {
            yield return [one[0], .. rest];
        }

        foreach (var rest in Interleavings(one, other[1..]))
        {
            yield return [other[0], .. rest];
        }
    }
}
