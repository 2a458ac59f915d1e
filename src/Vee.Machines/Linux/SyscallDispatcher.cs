using Vee.Machines.Harts;
using Vee.Machines.Linux.Mappings;
using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;
using Vee.Machines.State;

namespace Vee.Machines.Linux;

/// <summary>Takes a system call from a hart's registers to its handler and the result back.</summary>
internal sealed class SyscallDispatcher(Process process)
{
    // Entering and leaving a kernel costs a few hundred cycles on small in-order cores; the figure is assumed.
    private const ulong CallCycles = 300;
    private const int EcallBytes = 4;

    // Distinct numbers that are counted: a guest that makes up numbers must not grow the table without end.
    private const int NumbersMax = 1024;
    private const int NumberRegister = 17;
    private const int FirstArgument = 10;

    private readonly SortedDictionary<ulong, long> counts = [];
    private readonly SortedDictionary<ulong, long> unimplemented = [];

    /// <summary>Calls made so far, by number; a call that waited counts once.</summary>
    internal IReadOnlyDictionary<ulong, long> Counts => counts;

    /// <summary>Calls that nothing carries out, by number; they failed with ENOSYS.</summary>
    internal IReadOnlyDictionary<ulong, long> Unimplemented => unimplemented;

    /// <summary>Sees each call when it returns: thread, number, arguments, result.</summary>
    internal Action<GuestThread, ulong, SyscallArguments, SyscallResult>? Observer { get; set; }

    /// <summary>Carries out the call that a thread's ECALL asks for; its pc is at the ECALL.</summary>
    internal void Begin(GuestThread thread, Hart hart)
    {
        hart.Charge(CallCycles);
        hart.ClearReservation();
        var number = hart.GetX(NumberRegister);
        Count(counts, number);
        thread.IsInCall = true;
        thread.Wake = WakeReason.None;
        Continue(thread, hart);
    }

    /// <summary>Makes a call again that waited, or ends it if a signal interrupted it.</summary>
    internal void Resume(GuestThread thread, Hart hart)
    {
        if (thread.Wake != WakeReason.Signal)
        {
            Continue(thread, hart);
            return;
        }

        var interruption = SyscallTable.Find(hart.GetX(NumberRegister))?.Interruption;
        if (interruption == Interruption.AskHandler)
        {
            Continue(thread, hart);
            return;
        }

        Interrupt(thread, hart, interruption);
    }

    /// <summary>Whether the call that a hart is at may take memory away that other harts are using.</summary>
    internal bool TakesMemoryAway(Hart hart) =>
        MemoryCalls.TakesMemoryAway(process, hart.GetX(NumberRegister), Arguments(hart));

    internal void Save(StateWriter state)
    {
        SaveCounts(state, "calls", counts);
        SaveCounts(state, "unimplemented", unimplemented);
    }

    internal void Restore(StateReader state)
    {
        RestoreCounts(state, "calls", counts);
        RestoreCounts(state, "unimplemented", unimplemented);
    }

    private static void SaveCounts(StateWriter state, string name, SortedDictionary<ulong, long> counts) =>
        state.List(name, counts, (writer, entry) =>
        {
            writer.UInt64("number", entry.Key);
            writer.Int64("count", entry.Value);
        });

    private static void RestoreCounts(StateReader state, string name, SortedDictionary<ulong, long> counts) =>
        state.List(name, NumbersMax, (reader, _) => counts[reader.UInt64("number")] = reader.Int64("count", 0));

    private void Continue(GuestThread thread, Hart hart)
    {
        var number = hart.GetX(NumberRegister);
        var row = SyscallTable.Find(number);
        var arguments = Arguments(hart);
        if (row?.Handler is null)
        {
            Count(unimplemented, number);
            Finish(thread, hart, Errno.ENOSYS);
            return;
        }

        var result = row.Handler(process, thread, arguments);
        if (process.User.IsOutOfMemory)
        {
            process.EndBySignal(SignalNumbers.Kill, null);
        }

        if (result.Error == Errno.ERESTARTSYS)
        {
            // The handler was asked and has done nothing: the usual rule decides.
            Interrupt(thread, hart, Interruption.Restart);
        }
        else if (!result.IsBlocked)
        {
            Finish(thread, hart, result);
        }
    }

    /// <summary>What becomes of a call that a signal interrupted.</summary>
    private void Interrupt(GuestThread thread, Hart hart, Interruption? interruption)
    {
        switch (interruption)
        {
            case Interruption.Restart when thread.CallProgress > 0:
                Finish(thread, hart, thread.CallProgress);
                break;
            case Interruption.Restart when !process.SignalDelivery.HasDeliverable(thread):
                // Another thread took the signal: wait on.
                thread.Wake = WakeReason.Event;
                Continue(thread, hart);
                break;
            case Interruption.Restart when process.SignalDelivery.NextRestartsCalls(thread):
                // pc stays at the ECALL: it is executed again when the handler has returned.
                thread.EndCall();
                break;
            default:
                Finish(thread, hart, Errno.EINTR);
                break;
        }
    }

    private static void Count(SortedDictionary<ulong, long> counts, ulong number)
    {
        var key = counts.Count < NumbersMax || counts.ContainsKey(number) ? number : ulong.MaxValue;
        counts[key] = counts.GetValueOrDefault(key) + 1;
    }

    private void Finish(GuestThread thread, Hart hart, SyscallResult result)
    {
        Observer?.Invoke(thread, hart.GetX(NumberRegister), Arguments(hart), result);
        thread.EndCall();
        if (!result.IsNoReturn)
        {
            hart.SetX(FirstArgument, (ulong)result.Raw);
            hart.Pc += EcallBytes;
        }
    }

    private static SyscallArguments Arguments(Hart hart) => new(
        hart.GetX(FirstArgument), hart.GetX(11), hart.GetX(12), hart.GetX(13), hart.GetX(14), hart.GetX(15));
}
