namespace Vee.Machines.Linux;

/// <summary>How often a system call was made.</summary>
/// <param name="Name">The kernel's name for it; <c>syscall_N</c> for a number without one.</param>
/// <param name="Count">Times.</param>
public readonly record struct SystemCallCount(string Name, long Count);

/// <summary>What a machine has done so far.</summary>
public sealed record MachineStatistics
{
    /// <summary>Hardware threads.</summary>
    public required int HartCount { get; init; }

    /// <summary>Instructions executed by all harts.</summary>
    public required ulong Retired { get; init; }

    /// <summary>Cycles charged to all harts.</summary>
    public required ulong Cycles { get; init; }

    /// <summary>Virtual nanoseconds since the start.</summary>
    public required long Now { get; init; }

    /// <summary>System calls by name, the most frequent first; one that waited counts once.</summary>
    public required IReadOnlyList<SystemCallCount> SystemCalls { get; init; }

    /// <summary>Calls that nothing carries out, by name; they failed with ENOSYS.</summary>
    public required IReadOnlyList<SystemCallCount> Unimplemented { get; init; }

    /// <summary>Times that the program tried to fork, which a process machine refuses.</summary>
    public required long RefusedForks { get; init; }

    /// <summary>Pages that the guest has stored to and still has mapped.</summary>
    public required long PresentPages { get; init; }

    /// <summary>Pages that may be present at once: the machine's RAM.</summary>
    public required long RamPages { get; init; }

    /// <summary>Blocks of instructions that the engines have decoded.</summary>
    public required long BlocksDecoded { get; init; }
}

/// <summary>What a thread that is on no hart waits for, for messages to the user.</summary>
/// <param name="Id">The thread's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="SystemCall">The call that waits.</param>
/// <param name="WaitsFor">A phrase for each thing that would wake it.</param>
public sealed record WaitingThread(int Id, string Name, string SystemCall, IReadOnlyList<string> WaitsFor)
{
    /// <summary>All of it as a phrase: thread 100 (main), in futex, waits for the futex at 0x1000.</summary>
    public string Describe()
    {
        var reasons = WaitsFor.Count == 0 ? "nothing" : string.Join(" or ", WaitsFor);
        return $"thread {Id} ({Name}), in {SystemCall}, waits for {reasons}";
    }
}

/// <summary>One finished system call.</summary>
/// <param name="Thread">The thread's id.</param>
/// <param name="Text">The call, its arguments and its result as text.</param>
public readonly record struct SystemCallRecord(int Thread, string Text);
