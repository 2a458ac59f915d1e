using Vee.Machines.State;

namespace Vee.Machines.Linux.Signals;

/// <summary>The signal state that each thread has for itself.</summary>
internal sealed class ThreadSignals
{
    /// <summary>Blocked signals: bit n-1 is signal n.</summary>
    internal ulong Mask { get; set; }

    /// <summary>The mask to put back when sigsuspend, ppoll, pselect or epoll_pwait returns; null otherwise.</summary>
    internal ulong? MaskToRestore { get; set; }

    /// <summary>Signals sent to this thread and not yet delivered.</summary>
    internal PendingSignals Pending { get; } = new();

    /// <summary>sigaltstack: base, size and flags (SS_DISABLE is 2).</summary>
    internal ulong AlternateStack { get; set; }

    internal ulong AlternateStackBytes { get; set; }

    internal uint AlternateStackFlags { get; set; } = 2;

    internal void Save(StateWriter state)
    {
        state.UInt64("mask", Mask);
        state.Boolean("hasMaskToRestore", MaskToRestore.HasValue);
        state.UInt64("maskToRestore", MaskToRestore ?? 0);
        Pending.Save(state);
        state.UInt64("alternateStack", AlternateStack);
        state.UInt64("alternateStackBytes", AlternateStackBytes);
        state.UInt64("alternateStackFlags", AlternateStackFlags);
    }

    internal void Restore(StateReader state)
    {
        Mask = state.UInt64("mask");
        var hasMask = state.Boolean("hasMaskToRestore");
        var mask = state.UInt64("maskToRestore");
        MaskToRestore = hasMask ? mask : null;
        Pending.Restore(state);
        AlternateStack = state.UInt64("alternateStack");
        AlternateStackBytes = state.UInt64("alternateStackBytes");
        AlternateStackFlags = (uint)state.UInt64("alternateStackFlags", uint.MaxValue);
    }
}
