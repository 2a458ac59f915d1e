namespace Vee.Machines.Linux;

/// <summary>
/// What a system call returned: a value, an error number, or "not yet". A call that must wait has registered what
/// it waits for with <see cref="Threads.ThreadTable"/> and is made again, with the same arguments, when that happens.
/// </summary>
internal readonly record struct SyscallResult
{
    private const long BlockedRaw = long.MinValue;
    private const long NoReturnRaw = long.MinValue + 1;

    private SyscallResult(long raw) => Raw = raw;

    /// <summary>The call waits; see <see cref="Threads.ThreadTable"/>.</summary>
    internal static SyscallResult Blocked => new(BlockedRaw);

    /// <summary>The call has set the thread's registers itself (rt_sigreturn) or ended the thread: a0 is left
    /// alone.</summary>
    internal static SyscallResult NoReturn => new(NoReturnRaw);

    /// <summary>What a0 becomes: a value, or a negated error number.</summary>
    internal long Raw { get; }

    internal bool IsBlocked => Raw == BlockedRaw;

    internal bool IsNoReturn => Raw == NoReturnRaw;

    internal bool IsError => Raw is < 0 and >= -4095;

    /// <summary>The error number, or None.</summary>
    internal Errno Error => IsError ? (Errno)(-Raw) : Errno.None;

    public static implicit operator SyscallResult(long value) => new(value);

    public static implicit operator SyscallResult(Errno error) => new(-(long)error);
}
