using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Machines.Memory;
using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>Pages that follow a machine come in the order in which it most likely needs them.</summary>
public sealed class LateOrderTests(ITestOutputHelper output)
{
    private const string Program = "../tests/Vee.Hypervisor.Tests/Guests/Programs/hot";
    private const int PageCount = 40;

    [Fact]
    public void Urgent_pages_come_first_the_most_urgent_before_others_then_all_by_address()
    {
        var order = Order(page => page switch { 7 => 1, 3 => 2, 30 => 2, _ => 0 });
        Assert.Equal([3, 30, 7, 0, 1, 2, 4], Take(order, 7));
    }

    [Fact]
    public void Urgent_pages_come_also_when_others_are_asked_for_and_then_those_behind_it()
    {
        var order = Order(page => page is 3 or 12 or 30 ? 1 : 0);
        Assert.True(order.TryTake(new PageNumber(12)));
        Assert.True(order.TryTake(new PageNumber(10)));
        Assert.False(order.TryTake(new PageNumber(10)));
        Assert.Equal([3, 30, 11, 13, 14], Take(order, 5));
    }

    [Fact]
    public void Each_page_is_taken_once_whatever_is_asked_for()
    {
        var random = new Random(1);
        var order = Order(page => (int)(page % 3));
        var taken = new List<ulong>();
        while (order.Left > 0)
        {
            var asked = new PageNumber((ulong)random.Next(PageCount));
            if (random.Next(3) > 0)
            {
                taken.AddRange(Take(order, 1));
            }
            else if (order.TryTake(asked))
            {
                taken.Add(asked.Value);
            }
        }

        Assert.Equal(PageCount, taken.Count);
        Assert.Equal(PageCount, taken.Distinct().Count());
    }

    [Fact]
    public void Pages_that_a_machine_accessed_just_now_follow_it_before_the_others()
    {
        var wire = Move.Wire with { BandwidthBitsPerSecond = 100_000_000 };
        using var move = Move.Of(Program, "", wire);
        move.RunFor(50 * TestHost.Millisecond);
        var followed = move.There(new MigrationOptions { Mode = MigrationMode.PostCopy }).PostCopy!;

        output.WriteLine($"{followed}");
        // 256 of 4,100 pages are in use: they come within a sixteenth of the time, and a little.
        Assert.InRange(followed.Faults.WaitTotal, 1, followed.Duration / 8);
    }

    private static LateOrder Order(Func<ulong, int> urgency) => new(
        Enumerable.Range(0, PageCount).Select(page => new PageNumber((ulong)page)), page => urgency(page.Value));

    private static ulong[] Take(LateOrder order, int count) => [.. Enumerable.Range(0, count).Select(_ =>
    {
        Assert.True(order.TryNext(out var page));
        return page.Value;
    })];
}
