using Vee.Machines.Harts;
using Vee.Machines.Linux.Signals;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Threads;

/// <summary>Where a thread stands with the scheduler.</summary>
internal enum GuestThreadState : byte
{
    Invalid = 0,

    /// <summary>Waits for a hart.</summary>
    Runnable = 1,

    /// <summary>On a hart.</summary>
    Running = 2,

    /// <summary>In a system call that waits.</summary>
    Blocked = 3,

    /// <summary>Gone; kept only until its hart lets go of it.</summary>
    Exited = 4,
}

/// <summary>One thread of a guest process: its registers while it is on no hart, and what the kernel knows of
/// it.</summary>
internal sealed class GuestThread(int id)
{
    /// <summary>Keys of one wait at most: a poll of every descriptor that there can be, and its signal.</summary>
    internal const int WaitKeysMax = 1 << 20;

    /// <summary>No deadline.</summary>
    internal const long Never = long.MaxValue;

    /// <summary>The thread id that gettid returns.</summary>
    internal int Id { get; } = id;

    /// <summary>Registers; current only while the thread is not <see cref="GuestThreadState.Running"/>.</summary>
    internal HartContext Context { get; } = new();

    internal GuestThreadState State { get; set; } = GuestThreadState.Runnable;

    /// <summary>The hart it runs on; null when it is on none.</summary>
    internal Hart? Hart { get; set; }

    /// <summary>Bytes of a thread's name at most (TASK_COMM_LEN without its end).</summary>
    internal const int NameBytesMax = 15;

    /// <summary>The name that prctl(PR_SET_NAME) gave, at first the program's.</summary>
    internal string Name { get; set; } = "";

    internal ThreadSignals Signals { get; } = new();

    /// <summary>Word to clear and wake when the thread ends (CLONE_CHILD_CLEARTID); 0 for none.</summary>
    internal ulong ClearChildTid { get; set; }

    /// <summary>Head of the robust futex list; 0 for none.</summary>
    internal ulong RobustList { get; set; }

    /// <summary>The hart's time when the thread got on it.</summary>
    internal long MountedAt { get; set; }

    /// <summary>Virtual nanoseconds that the thread has spent on harts before <see cref="MountedAt"/>.</summary>
    internal long CpuTime { get; set; }

    // What the thread waits for. All of it is plain data, so that a saved machine can resume the wait.

    /// <summary>What it waits for, empty when it does not.</summary>
    internal List<WaitKey> WaitKeys { get; } = [];

    /// <summary>Tells this wait from the thread's earlier ones.</summary>
    internal long WaitSequence { get; set; }

    /// <summary>Order among the waiters of one key: lower has waited longer.</summary>
    internal long QueueSequence { get; set; }

    /// <summary>Virtual time at which it became runnable, or got off its hart to wait in a call; the hart that takes it
    /// is then at least at this time.</summary>
    internal long ReadyTime { get; set; }

    /// <summary>Whether a system call has begun and not returned: it is made again when the thread next runs.</summary>
    internal bool IsInCall { get; set; }

    /// <summary>Virtual time at which the wait ends by itself.</summary>
    internal long WaitDeadline { get; set; } = Never;

    /// <summary>FUTEX_WAIT_BITSET's mask.</summary>
    internal uint WaitBits { get; set; } = uint.MaxValue;

    // What the current system call remembers between the times it is made; cleared when it returns.

    /// <summary>Why the call is made again; None the first time.</summary>
    internal WakeReason Wake { get; set; }

    /// <summary>The absolute deadline that the call computed from its relative timeout; null before it did.</summary>
    internal long? CallDeadline { get; set; }

    /// <summary>Bytes that the call has already moved.</summary>
    internal long CallProgress { get; set; }

    /// <summary>The transfer that the call waits for or has waited for; 0 for none.</summary>
    internal long CallTransfer { get; set; }

    /// <summary>Whether it waits for the disk, which no signal interrupts.</summary>
    internal bool IsInTransfer => WaitKeys is [{ Kind: WaitKind.Disk }];

    /// <summary>Forgets the current system call.</summary>
    internal void EndCall()
    {
        IsInCall = false;
        Wake = WakeReason.None;
        CallDeadline = null;
        CallProgress = 0;
        CallTransfer = 0;
    }

    internal void Save(StateWriter state)
    {
        state.Int64("id", Id);
        state.UInt64("state", (ulong)State);
        Context.Save(state);
        state.Text("name", Name);
        Signals.Save(state);
        state.UInt64("clearChildTid", ClearChildTid);
        state.UInt64("robustList", RobustList);
        state.Int64("mountedAt", MountedAt);
        state.Int64("cpuTime", CpuTime);
        state.List("waitKeys", WaitKeys, (writer, key) =>
        {
            writer.UInt64("kind", (ulong)key.Kind);
            writer.UInt64("value", key.Value);
        });
        state.Int64("waitSequence", WaitSequence);
        state.Int64("queueSequence", QueueSequence);
        state.Int64("readyTime", ReadyTime);
        state.Int64("waitDeadline", WaitDeadline);
        state.UInt64("waitBits", WaitBits);
        state.Boolean("inCall", IsInCall);
        state.UInt64("wake", (ulong)Wake);
        state.Boolean("hasCallDeadline", CallDeadline.HasValue);
        state.Int64("callDeadline", CallDeadline ?? 0);
        state.Int64("callProgress", CallProgress);
        state.Int64("callTransfer", CallTransfer);
    }

    internal static GuestThread Restore(StateReader state, int idMax)
    {
        var thread = new GuestThread(state.Int32("id", 1, idMax))
        {
            State = (GuestThreadState)state.UInt64("state", (ulong)GuestThreadState.Blocked),
        };
        if (thread.State == GuestThreadState.Invalid)
        {
            throw state.Refuse("state", "0 is no state of a thread");
        }

        thread.Context.Restore(state);
        thread.Name = state.Text("name", 64);
        thread.Signals.Restore(state);
        thread.ClearChildTid = state.UInt64("clearChildTid");
        thread.RobustList = state.UInt64("robustList");
        thread.MountedAt = state.Int64("mountedAt", 0);
        thread.CpuTime = state.Int64("cpuTime", 0);
        state.List("waitKeys", WaitKeysMax, (reader, _) => thread.WaitKeys.Add(
            new WaitKey((WaitKind)reader.UInt64("kind", (ulong)WaitKind.Disk), reader.UInt64("value"))));
        thread.WaitSequence = state.Int64("waitSequence", 0);
        thread.QueueSequence = state.Int64("queueSequence", 0);
        thread.ReadyTime = state.Int64("readyTime", 0);
        thread.WaitDeadline = state.Int64("waitDeadline");
        thread.WaitBits = (uint)state.UInt64("waitBits", uint.MaxValue);
        thread.IsInCall = state.Boolean("inCall");
        thread.Wake = (WakeReason)state.UInt64("wake", (ulong)WakeReason.Signal);
        var hasDeadline = state.Boolean("hasCallDeadline");
        var deadline = state.Int64("callDeadline");
        thread.CallDeadline = hasDeadline ? deadline : null;
        thread.CallProgress = state.Int64("callProgress");
        thread.CallTransfer = state.Int64("callTransfer", 0);
        return thread;
    }
}
