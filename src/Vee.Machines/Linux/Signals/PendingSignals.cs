using Vee.Machines.State;

namespace Vee.Machines.Linux.Signals;

/// <summary>What a handler with SA_SIGINFO learns of a signal (siginfo_t); fields that do not apply are zero.</summary>
internal readonly record struct SignalInfo(int Number, int Code, int Error = 0)
{
    /// <summary>si_pid and si_uid of a sent signal.</summary>
    internal int SenderProcess { get; init; }

    internal int SenderUser { get; init; }

    /// <summary>si_addr of a fault, or si_value of a queued signal or timer.</summary>
    internal ulong Value { get; init; }

    /// <summary>si_timerid and si_overrun of a timer's signal.</summary>
    internal int Timer { get; init; }

    internal int Overrun { get; init; }
}

/// <summary>Signals that wait for delivery: standard ones at most once each, real-time ones (32..64) in a
/// queue.</summary>
internal sealed class PendingSignals
{
    /// <summary>Queued real-time signals at most (RLIMIT_SIGPENDING's role); more are refused with EAGAIN.</summary>
    internal const int QueuedMax = 1024;

    private readonly List<SignalInfo> queue = [];

    /// <summary>The pending set: bit n-1 is signal n.</summary>
    internal ulong Set { get; private set; }

    /// <summary>Everything pending, oldest first.</summary>
    internal IReadOnlyList<SignalInfo> Queue => queue;

    /// <summary>Adds a signal; a standard signal that is already pending is dropped, as signal(7) says.</summary>
    /// <returns>False when the queue of real-time signals is full.</returns>
    internal bool TryAdd(in SignalInfo info)
    {
        var bit = 1UL << (info.Number - 1);
        if (info.Number < 32 && (Set & bit) != 0)
        {
            return true;
        }

        if (queue.Count >= QueuedMax)
        {
            return false;
        }

        Set |= bit;
        queue.Add(info);
        return true;
    }

    /// <summary>Counts further expiries of a timer whose signal still waits: a timer has one signal queued at
    /// most.</summary>
    /// <returns>False when no signal of the timer waits.</returns>
    internal bool TryAddOverrun(int timer, int more)
    {
        var index = IndexOfTimer(timer);
        if (index >= 0)
        {
            queue[index] = queue[index] with { Overrun = (int)Math.Min((long)queue[index].Overrun + more,
                int.MaxValue) };
        }

        return index >= 0;
    }

    /// <summary>Whether a signal of a timer waits.</summary>
    internal bool HasOfTimer(int timer) => IndexOfTimer(timer) >= 0;

    /// <summary>Takes the lowest-numbered pending signal of <paramref name="allowed"/>, oldest first.</summary>
    internal bool TryTake(ulong allowed, out SignalInfo info)
    {
        info = default;
        var ready = Set & allowed;
        if (ready == 0)
        {
            return false;
        }

        var number = System.Numerics.BitOperations.TrailingZeroCount(ready) + 1;
        var index = queue.FindIndex(candidate => candidate.Number == number);
        info = queue[index];
        queue.RemoveAt(index);
        if (!queue.Exists(candidate => candidate.Number == number))
        {
            Set &= ~(1UL << (number - 1));
        }

        return true;
    }

    /// <summary>Forgets every pending instance of the signals in <paramref name="set"/>.</summary>
    internal void Discard(ulong set)
    {
        queue.RemoveAll(candidate => (set & 1UL << (candidate.Number - 1)) != 0);
        Set &= ~set;
    }

    internal void Save(StateWriter state) => state.List("pending", queue, (writer, info) =>
    {
        writer.Int64("number", info.Number);
        writer.Int64("code", info.Code);
        writer.Int64("error", info.Error);
        writer.Int64("senderProcess", info.SenderProcess);
        writer.Int64("senderUser", info.SenderUser);
        writer.UInt64("value", info.Value);
        writer.Int64("timer", info.Timer);
        writer.Int64("overrun", info.Overrun);
    });

    internal void Restore(StateReader state) => state.List("pending", QueuedMax, (reader, _) => TryAdd(
        new SignalInfo(reader.Int32("number", 1, 64), reader.Int32("code"), reader.Int32("error"))
        {
            SenderProcess = reader.Int32("senderProcess"),
            SenderUser = reader.Int32("senderUser"),
            Value = reader.UInt64("value"),
            Timer = reader.Int32("timer"),
            Overrun = reader.Int32("overrun"),
        }));

    private int IndexOfTimer(int timer) =>
        queue.FindIndex(candidate => candidate.Code == SignalCodes.Timer && candidate.Timer == timer);
}
