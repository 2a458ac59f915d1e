using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.State;
using Vee.Machines.Linux;
using Vee.Machines.Networking;
using Xunit;

namespace Vee.Hypervisor.Tests.Guests;

/// <summary>Machines that are held still for a while.</summary>
public sealed class HoldingTests
{
    [Fact]
    public void A_machine_that_is_held_before_it_starts_does_nothing_until_it_is_released()
    {
        var console = new TestConsole();
        var host = TestHost.Of(TestHost.Cores(1));
        using var guest = TestMachine.Guest("bin/hello", console);
        guest.Hold();
        host.Add("vm", guest, new GuestShare());
        host.RunUntil(TestHost.Second);
        Assert.Equal((0, 0, ""), (guest.Age, guest.RetiredCount, console.Output));

        guest.Release();
        host.RunUntil(2 * TestHost.Second);

        Assert.Equal(0, guest.Machine.Ending!.Status);
        Assert.StartsWith("Hello, world", console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hold_changes_nothing_that_the_machine_sees()
    {
        var (untouched, guest) = Busy();
        untouched.RunUntil(TestHost.Second);
        var alone = (guest.RetiredCount, guest.Machine.Ending!.Status, guest.Machine.TimeOf(0));
        guest.Dispose();

        var (host, held) = Busy();
        for (var step = 0; step < 20; step++)
        {
            host.RunUntil(host.Now + (3 * TestHost.Millisecond) + (step * 7_777));
            held.Hold();
            host.RunUntil(host.Now + TestHost.Second);
            var age = held.Age;
            host.RunUntil(host.Now + TestHost.Second);
            Assert.Equal(age, held.Age);
            held.Release();
        }

        host.RunUntil(host.Now + TestHost.Second);
        Assert.Equal(alone, (held.RetiredCount, held.Machine.Ending!.Status, held.Machine.TimeOf(0)));
        held.Dispose();
    }

    [Fact]
    public void What_comes_for_a_held_machine_waits_for_it_and_a_checkpoint_keeps_it()
    {
        var (host, store, probe) = Asked();
        host.RunUntil(500 * TestHost.Millisecond);
        store.Hold();
        host.RunUntil(900 * TestHost.Millisecond);
        var answered = probe.Meter.Answered;
        var state = MemoryState.Of(host.Save);
        host.RunUntil(1_000 * TestHost.Millisecond);
        Assert.Equal(answered, probe.Meter.Answered);
        store.Release();
        host.RunUntil(2 * TestHost.Second);

        var (second, restored, secondProbe) = Asked();
        MemoryState.Read(state, second.Restore);
        Assert.True(restored.IsHeld);
        second.RunUntil(1_000 * TestHost.Millisecond);
        restored.Release();
        second.RunUntil(2 * TestHost.Second);

        Assert.Equal(probe.Meter.Sent, probe.Meter.Answered + probe.Meter.Lost);
        Assert.True(probe.Meter.Answered > answered + 100, $"{probe.Meter.Answered} answers");
        Assert.Equal(0, probe.Meter.Lost);
        Assert.Equal(host.Hash(), second.Hash());
        store.Dispose();
        restored.Dispose();
    }

    [Fact]
    public void A_defect_that_one_machine_shows_is_told_and_its_neighbours_go_on()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var observer = new Observer();
        using var broken = TestMachine.Guest("bin/hello", new BrokenConsole());
        broken.Observer = observer;
        using var neighbour = TestMachine.Guest("bin/hello", new TestConsole());
        host.Add("broken", broken, new GuestShare());
        host.Add("neighbour", neighbour, new GuestShare());

        host.RunUntil(TestHost.Second);

        Assert.IsType<InvalidOperationException>(observer.Failure);
        Assert.True(observer.IsIdle);
        Assert.False(observer.IsExecuting);
        Assert.Equal(0, neighbour.Machine.Ending!.Status);
    }

    private static (Host Host, MachineGuest Guest) Busy()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var guest = TestMachine.Guest("bench/bin/integer", new TestConsole());
        host.Add("vm", guest, new GuestShare());
        return (host, guest);
    }

    private static (Host Host, MachineGuest Store, TcpProbe Probe) Asked()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var store = TestMachine.Guest("bin/kvstore", new TestConsole(), TestMachine.Address(9));
        host.Add("store", store, new GuestShare());
        var probe = new TcpProbe(new TcpProbeOptions
        {
            Address = TestMachine.Address(1),
            Target = new EndPoint4(TestMachine.Address(9), 6379),
            Request = "PING\r\n"u8.ToArray(),
            AnswerBytes = "+PONG\r\n"u8.Length,
            Interval = TestHost.Millisecond + 1,
        });
        host.Add("probe", probe, new GuestShare());
        return (host, store, probe);
    }

    private sealed class Observer : IMachineObserver
    {
        internal Exception? Failure { get; private set; }

        internal bool IsIdle { get; private set; }

        internal bool IsExecuting { get; private set; }

        public void Executing() => IsExecuting = true;

        public void Executed() => IsExecuting = false;

        public void Idled() => IsIdle = true;

        public void Failed(Exception failure) => Failure = failure;
    }

    private sealed class BrokenConsole : IConsole
    {
        public (int Columns, int Rows) Size => (80, 24);

        public bool HasInput => true;

        public bool IsTerminal(int stream) => false;

        public ConsoleRead Read(Span<byte> destination, out int count) => throw new InvalidOperationException("broken");

        public ConsoleWrite Write(int stream, ReadOnlySpan<byte> source, out int count) =>
            throw new InvalidOperationException("broken");
    }
}
