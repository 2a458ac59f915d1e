using Vee.Machines.State;

namespace Vee.Machines.Linux.Signals;

/// <summary>What sigaction(2) installed: riscv64's struct sigaction has no restorer.</summary>
internal readonly record struct SignalAction(ulong Handler, ulong Flags, ulong Mask)
{
    internal const ulong Default = 0;
    internal const ulong Ignore = 1;
    internal const ulong WithInfo = 4;
    internal const ulong OnAlternateStack = 0x08000000;
    internal const ulong RestartCalls = 0x10000000;
    internal const ulong NoDefer = 0x40000000;
    internal const ulong ResetAfterUse = 0x80000000;

    internal bool IsHandler => Handler > Ignore;
}

/// <summary>The signal state that the threads of a process share.</summary>
internal sealed class SignalActions
{
    private readonly SignalAction[] actions = new SignalAction[SignalNumbers.Max + 1];

    /// <summary>Signals sent to the process: any thread that does not block one may take it.</summary>
    internal PendingSignals Pending { get; } = new();

    internal SignalAction this[int number]
    {
        get => actions[number];
        set => actions[number] = value;
    }

    /// <summary>Whether a signal would be dropped without effect.</summary>
    internal bool IsIgnored(int number) =>
        actions[number].Handler == SignalAction.Ignore
        || (actions[number].Handler == SignalAction.Default && SignalNumbers.IsIgnoredByDefault(number));

    internal void Save(StateWriter state)
    {
        state.List("actions", actions, (writer, action) =>
        {
            writer.UInt64("handler", action.Handler);
            writer.UInt64("flags", action.Flags);
            writer.UInt64("mask", action.Mask);
        });
        Pending.Save(state);
    }

    internal void Restore(StateReader state)
    {
        state.List("actions", actions.Length, (reader, index) => actions[index] = new SignalAction(
            reader.UInt64("handler"), reader.UInt64("flags"), reader.UInt64("mask")));
        Pending.Restore(state);
    }
}
