using Microsoft.Extensions.Logging.Abstractions;
using Vee.Agent.Racks;
using Vee.Agent.Scheduling;
using Vee.Agent.Tests.Support;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Scheduling;
using Xunit;

namespace Vee.Agent.Tests.Racks;

/// <summary>Hosts that go from rack to rack, and members that come and go, without agents around them.</summary>
public sealed class RackHandoverTests
{
    /// <summary>Rack.Work, Dissolved: what is left for a host that was deleted goes round for ever.</summary>
    [Fact]
    public async Task Work_for_a_host_that_is_gone_does_not_keep_a_thread_busy_for_ever()
    {
        var pool = new WorkerPool(1, TimeProvider.System);
        var parts = PartsOf(pool);
        var (line, one) = Alone("a", parts);
        var (other, _) = Alone("b", parts);
        await DoneAsync(line);
        one.Dissolve(new Dictionary<HostLine, Rack>());

        await Task.Delay(100, TestAgent.Token);
        line.Post(() => { });
        await Task.Delay(100, TestAgent.Token);

        await DoneAsync(other);
    }

    /// <summary>Rack.Dissolve: a plan that is replaced while it gathers gives away hosts that it has not got.</summary>
    [Fact]
    public async Task A_host_has_one_rack_at_a_time_though_plans_follow_each_other_at_once()
    {
        using var pool = new WorkerPool(2, TimeProvider.System);
        var parts = PartsOf(pool);
        var (line, first) = Alone("a", parts);
        await DoneAsync(line);
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        line.Post(() =>
        {
            entered.Set();
            leave.Wait(5000, TestAgent.Token);
        });
        entered.Wait(TestAgent.Token);

        var second = new Rack(RackMembers.Alone("a"), 1, parts);
        var third = new Rack(RackMembers.Alone("a"), 1, parts);
        first.Dissolve(new Dictionary<HostLine, Rack> { [line] = second });
        second.Dissolve(new Dictionary<HostLine, Rack> { [line] = third });
        await Task.Delay(300, TestAgent.Token);
        var touched = false;
        line.Post(() => Volatile.Write(ref touched, true));
        await Task.Delay(300, TestAgent.Token);
        var isTouchedByTwo = Volatile.Read(ref touched);
        leave.Set();
        await Task.Delay(300, TestAgent.Token);

        Assert.False(isTouchedByTwo, "another rack simulates the host while the first is in its turn");
        Assert.Same(third, line.Rack);
    }

    /// <summary>Rack.Dissolve: machines that were to be looked at are not, and never again.</summary>
    [Fact]
    public async Task A_machine_that_something_happened_to_is_looked_at_by_the_next_rack()
    {
        using var pool = new WorkerPool(1, TimeProvider.System);
        var parts = PartsOf(pool);
        var (block, _) = Alone("b", parts);
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        block.Post(() =>
        {
            entered.Set();
            leave.Wait(5000, TestAgent.Token);
        });
        entered.Wait(TestAgent.Token);
        var (line, first) = Alone("a", parts);
        var guest = new FakeGuest(line);
        line.Guests.Add(guest);
        var second = new Rack(RackMembers.Alone("a"), 1, parts);
        first.Dissolve(new Dictionary<HostLine, Rack> { [line] = second });
        leave.Set();

        await DoneAsync(line);
        await Task.Delay(200, TestAgent.Token);
        Assert.NotEqual(0, guest.Looks);
    }

    /// <summary>What was left before came after what was left later.</summary>
    [Fact]
    public async Task Work_is_done_in_the_order_in_which_it_is_left_though_the_host_changes_racks()
    {
        using var pool = new WorkerPool(2, TimeProvider.System);
        var parts = PartsOf(pool);
        var (line, current) = Alone("a", parts);
        var order = new List<int>();
        for (var number = 0; number < 20_000; number++)
        {
            var left = number;
            line.Post(() => order.Add(left));
            if (number % 100 == 0)
            {
                var next = new Rack(RackMembers.Alone("a"), 1, parts);
                current.Dissolve(new Dictionary<HostLine, Rack> { [line] = next });
                current = next;
            }
        }

        await DoneAsync(line);
        Assert.Equal(Enumerable.Range(0, 20_000), order);
    }

    /// <summary>Rack.Disconnected keeps the hello of who has gone; TryGoOn goes on with it.</summary>
    [Fact]
    public async Task Time_does_not_pass_on_the_word_of_a_member_that_has_gone()
    {
        using var pool = new WorkerPool(1, TimeProvider.System);
        var parts = PartsOf(pool);
        var line = LineOf("b");
        var joining = new Rack(
            new RackMembers("r", 1, "b", [new RackPeer("a", "", ["a"]), new RackPeer("c", "", ["c"])],
                new RackPlan(["a", "b", "c"], [])), 1, parts);
        line.Rack = joining;
        joining.Give([line], []);
        var (a, c) = (new FakeConnection(), new FakeConnection());
        joining.Connected("a", a);
        joining.HelloCame("a", a, new RackHello(0, 1000, true, []));
        joining.Disconnected("a", a, "it died");
        joining.Connected("c", c);
        joining.HelloCame("c", c, new RackHello(0, 0, true, []));

        await Task.Delay(300, TestAgent.Token);
        Assert.Equal(TimePhase.Stands, line.Time.Phase);
    }

    /// <summary>A member starts anew while a third is waited for; honest members contradict each other.</summary>
    [Fact]
    public async Task A_member_that_starts_anew_while_another_is_awaited_makes_nobody_a_liar()
    {
        using var pool = new WorkerPool(1, TimeProvider.System);
        var parts = PartsOf(pool);
        var line = LineOf("b");
        var joining = new Rack(
            new RackMembers("r", 1, "b", [new RackPeer("a", "", ["a"]), new RackPeer("c", "", ["c"])],
                new RackPlan(["a", "b", "c"], [])), 1, parts);
        line.Rack = joining;
        joining.Give([line], []);
        var (old, a, c) = (new FakeConnection(), new FakeConnection(), new FakeConnection());
        joining.Connected("a", old);
        joining.HelloCame("a", old, new RackHello(0, 1000, true, []));
        joining.Disconnected("a", old, "it died");

        // The new process has come to 0, and so says c, which never heard of the one before.
        joining.Connected("a", a);
        joining.Connected("c", c);
        joining.HelloCame("c", c, new RackHello(0, 0, true, []));
        joining.HelloCame("a", a, new RackHello(0, 0, true, []));
        foreach (var (name, connection) in new[] { ("a", a), ("c", c) })
        {
            joining.WindowCame(name, connection, new RackWindow(
                0, 0, new RackReport(name, 0, long.MaxValue, []), 1_000_000));
        }

        await Task.Delay(300, TestAgent.Token);
        Assert.DoesNotContain("contradicts itself", line.Time.Message, StringComparison.Ordinal);
    }

    /// <summary>A host that had failed went on under the next plan, with machines whose memory was gone.</summary>
    [Fact]
    public async Task A_host_that_has_failed_stays_so_when_the_plan_changes()
    {
        using var pool = new WorkerPool(1, TimeProvider.System);
        var parts = PartsOf(pool);
        var (line, first) = Alone("a", parts);
        var guest = new FakeGuest(line);
        line.Guests.Add(guest);
        line.Post(() => throw new InvalidOperationException("a defect"));
        await DoneAsync(line);
        Assert.IsType<InvalidOperationException>(guest.Failure);
        var failedAt = line.Host.Now;

        first.Dissolve(new Dictionary<HostLine, Rack> { [line] = new(RackMembers.Alone("a"), 1, parts) });
        await DoneAsync(line);

        Assert.Equal(TimePhase.Stands, line.Time.Phase);
        Assert.Equal(failedAt, line.Host.Now);
    }

    private static HostLine LineOf(string name) => new(
        name,
        new Host(
            name,
            new HardwareProfile
            {
                Name = "test",
                Cores = [new CoreClass { Name = "c", Count = 1, Capacity = 1024 }],
                MemoryBytes = 1 << 30,
            },
            new FirstComeScheduler(), 1),
        isPaced: true);

    private static (HostLine Line, Rack Rack) Alone(string name, RackParts parts)
    {
        var line = LineOf(name);
        var alone = new Rack(RackMembers.Alone(name), 1, parts);
        line.Rack = alone;
        alone.Give([line], []);
        return (line, alone);
    }

    private static RackParts PartsOf(WorkerPool pool) => new(
        pool, new FakeNetwork(() => { }), new FakeObserver(), TimeProvider.System, NullLogger<Rack>.Instance);

    private static async Task DoneAsync(HostLine line)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        line.Post(() => done.TrySetResult());
        await done.Task.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System, TestAgent.Token);
    }

    private sealed class FakeGuest(HostLine line) : IRackGuest
    {
        private bool isAttended;

        internal int Looks { get; private set; }

        internal Exception? Failure { get; private set; }

        public void HoldStill()
        {
        }

        // As Guest.Attend.
        public void GoOn()
        {
            if (!isAttended)
            {
                isAttended = true;
                line.Rack.Attend(this);
            }
        }

        public void LookAfter()
        {
            isAttended = false;
            Looks++;
        }

        public void StopIfDue(long timestamp)
        {
        }

        public void Fail(Exception failure) => Failure = failure;
    }

    private sealed class FakeNetwork(Action closing) : IRackNetwork
    {
        public void Open(Rack rack)
        {
        }

        public void Close(Rack rack) => closing();
    }

    private sealed class FakeObserver : IRackObserver
    {
        public void TimeChanged(HostLine host)
        {
        }
    }

    private sealed class FakeConnection : IPeerConnection
    {
        public void Send(RackHello hello)
        {
        }

        public void Send(RackWindow window)
        {
        }

        public void Close()
        {
        }
    }
}
