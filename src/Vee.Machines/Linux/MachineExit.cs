namespace Vee.Machines.Linux;

/// <summary>Why a run of a process machine ended.</summary>
public enum MachineExitReason : byte
{
    /// <summary>The budget is used up.</summary>
    BudgetExhausted = 1,

    /// <summary>Every thread waits: for a time (<see cref="MachineExit.Deadline"/>), for input, or for nothing that
    /// can come.</summary>
    Idle,

    /// <summary>The process has ended (<see cref="MachineExit.Ending"/>).</summary>
    Ended,

    /// <summary>A page's content is elsewhere; supply it and run on (<see cref="MachineExit.Address"/>).</summary>
    PageAbsent,

    /// <summary>A signal has stopped the process (<see cref="MachineExit.Signal"/>): nothing runs until
    /// <see cref="ProcessMachine.SendSignal"/> sends SIGCONT, or SIGKILL.</summary>
    Stopped,

    /// <summary>The hart whose turn it is has come as close to the time limit as whole instructions allow.</summary>
    TimeReached,
}

/// <summary>How a run of a process machine ended.</summary>
/// <param name="Reason">Why.</param>
public readonly record struct MachineExit(MachineExitReason Reason)
{
    /// <summary>When the machine is idle: the virtual time at which something happens by itself; null for
    /// never.</summary>
    public long? Deadline { get; init; }

    /// <summary>When it has ended: how.</summary>
    public ProcessEnding? Ending { get; init; }

    /// <summary>When it is stopped: the signal that did it.</summary>
    public int Signal { get; init; }

    /// <summary>When a page is absent: the address that was accessed.</summary>
    public ulong Address { get; init; }
}
