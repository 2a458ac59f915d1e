using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Guests;

public sealed class DirtyPagesTests
{
    private static readonly DirtyProfile Uniform = new() { FootprintPages = 10_000, WritesPerSecond = 10_000 };

    [Fact]
    public void Pages_written_by_chance_are_as_many_as_chance_has_it()
    {
        var pages = new DirtyPages(Uniform, new RandomStream(1, "dirty"));
        pages.Execute(TestHost.Second);
        // Of n pages n writes leave 1/e clean.
        Assert.Equal(10_000, pages.Writes);
        Assert.InRange(pages.Count, 10_000 * (1 - Math.Exp(-1)) * 0.97, 10_000 * (1 - Math.Exp(-1)) * 1.03);
        Assert.Equal(pages.Count, pages.Take().Count);
        Assert.Equal(0, pages.Count);
    }

    [Fact]
    public void However_execution_is_cut_the_same_pages_are_written()
    {
        var whole = new DirtyPages(Uniform, new RandomStream(1, "dirty"));
        var cut = new DirtyPages(Uniform, new RandomStream(1, "dirty"));
        whole.Execute(100 * TestHost.Millisecond);
        for (var i = 0; i < 1000; i++)
        {
            cut.Execute(100_000);
        }

        Assert.Equal(whole.Take(), cut.Take());
    }

    [Fact]
    public void Hot_pages_get_their_share()
    {
        var pages = new DirtyPages(
            Uniform with { HotShare = 0.1, HotWriteShare = 0.9 }, new RandomStream(1, "dirty"));
        pages.Execute(TestHost.Second);
        var dirty = pages.Take();
        // 9000 writes on 1000 pages leave none of them clean but for one or the other; 1000 go to the rest.
        Assert.InRange(dirty.Count(p => p < 1000), 995, 1000);
        Assert.InRange(dirty.Count(p => p >= 1000), 850, 1000);
    }

    [Fact]
    public void A_log_goes_round()
    {
        var pages = new DirtyPages(
            new DirtyProfile { FootprintPages = 100, WritesPerSecond = 1000, IsSequential = true },
            new RandomStream(1, "dirty"));
        pages.Execute(50 * TestHost.Millisecond);
        Assert.Equal(Enumerable.Range(0, 50).Select(p => (long)p), pages.Take());
        pages.Execute(80 * TestHost.Millisecond);
        Assert.True(pages.IsDirty(29) && !pages.IsDirty(30) && !pages.IsDirty(49) && pages.IsDirty(50));
    }

    [Fact]
    public void A_guest_writes_while_it_executes_and_goes_on_from_a_checkpoint()
    {
        var (straight, one) = Writing();
        straight.RunUntil(2 * TestHost.Second);
        Assert.InRange(one.Memory!.Writes, 9_000, 11_000);

        var (first, _) = Writing();
        first.RunUntil(TestHost.Second + 1);
        var (second, other) = Writing();
        MemoryState.Read(MemoryState.Of(first.Save), second.Restore);
        second.RunUntil(2 * TestHost.Second);
        Assert.Equal(one.Memory.Take(), other.Memory!.Take());
    }

    [Theory]
    [InlineData("footprintPages: 0", 0, 1, 1)]
    [InlineData("writesPerSecond: -1", 1, -1, 1)]
    [InlineData("hotShare: 0", 1, 1, 0)]
    [InlineData("hotShare: NaN", 1, 1, double.NaN)]
    public void Impossible_patterns_are_refused(string defect, long pages, double writes, double hot) =>
        Assert.Contains(
            defect,
            Assert.Single(new DirtyProfile { FootprintPages = pages, WritesPerSecond = writes, HotShare = hot }
                .Defects()),
            StringComparison.Ordinal);

    private static (Host Host, JobServer Server) Writing()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        // Half of the time it executes.
        var server = new JobServer(
            1, [TestHost.Open("j", TestHost.Constant(2), TestHost.Constant(1))], Uniform);
        host.Add("g", server, new GuestShare());
        return (host, server);
    }
}
