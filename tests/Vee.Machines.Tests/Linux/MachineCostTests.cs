using System.Diagnostics;
using Vee.Machines.Linux;
using Xunit;

namespace Vee.Machines.Tests.Linux;

/// <summary>
/// What a machine may cost (docs/machine.md, "Costs"). Times are the best of several, because computers are shared;
/// each limit is several times what was measured on two busy cores.
/// </summary>
public sealed class MachineCostTests
{
    private const int Tries = 7;
    private const ulong MiB = 1 << 20;

    [Fact]
    public void Machine_is_created_within_5_milliseconds()
    {
        var best = Best(() =>
            GuestRun.Create("hello", [], new TestConsole { Ended = true }, memory: 256 * MiB).Dispose());

        Assert.True(best < TimeSpan.FromMilliseconds(5), $"{best.TotalMilliseconds:F2} ms");
    }

    [Fact]
    public void Instructions_allocate_nothing()
    {
        using var machine = GuestRun.Create(
            "writer", ["--memory", "1M", "--rounds", "200"], new TestConsole { Ended = true });
        machine.Run(1_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        machine.Run(20_000_000);

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 64 * 1024, $"{allocated} bytes for 20 million instructions and their system calls");
    }

    [Fact]
    public void Machine_of_256_MiB_with_64_MiB_touched_is_saved_and_restored_within_half_a_second()
    {
        var console = new TestConsole { Ended = true };
        using var machine = GuestRun.Create(
            "writer", ["--memory", "64M", "--rounds", "1"], console, memory: 256 * MiB);
        GuestRun.ToEnd(machine);
        Assert.True(machine.Memory.PresentPages >= 64 * 256, $"{machine.Memory.PresentPages} pages touched");
        using var medium = new MemoryStream(80 << 20);

        var best = Best(() =>
        {
            medium.Position = 0;
            var state = new StreamState(medium);
            machine.Save(state);
            medium.Position = 0;
            var restored = ProcessMachine.TryRestore(state, console, null, null, null, out var refusal);
            Assert.True(restored is not null, refusal);
            restored.Dispose();
        });

        Assert.True(best < TimeSpan.FromMilliseconds(500), $"{best.TotalMilliseconds:F0} ms");
    }

    private static TimeSpan Best(Action action)
    {
        var best = TimeSpan.MaxValue;
        for (var index = 0; index < Tries; index++)
        {
            var started = Stopwatch.GetTimestamp();
            action();
            var elapsed = Stopwatch.GetElapsedTime(started);
            best = elapsed < best ? elapsed : best;
        }

        return best;
    }

    private sealed class StreamState(MemoryStream stream) : Vee.Machines.State.IStateSink,
        Vee.Machines.State.IStateSource
    {
        public void Write(ReadOnlySpan<byte> bytes) => stream.Write(bytes);

        public int Read(Span<byte> destination) => stream.Read(destination);
    }
}
