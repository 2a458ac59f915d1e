using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux;

/// <summary>The six argument registers of a system call, as the guest left them.</summary>
internal readonly record struct SyscallArguments(ulong A0, ulong A1, ulong A2, ulong A3, ulong A4, ulong A5)
{
    internal ulong this[int index] => index switch
    {
        0 => A0,
        1 => A1,
        2 => A2,
        3 => A3,
        4 => A4,
        5 => A5,
        _ => throw new ArgumentOutOfRangeException(nameof(index), index, "A system call has six arguments."),
    };
}

/// <summary>Carries out a call for a thread. Guest mistakes are error numbers; nothing a guest passes may
/// throw.</summary>
internal delegate SyscallResult SyscallHandler(Process process, GuestThread thread, in SyscallArguments arguments);

/// <summary>What an argument means: how traces print it, and what a policy can test.</summary>
internal enum ArgumentKind : byte
{
    /// <summary>A signed number.</summary>
    Int = 1,

    /// <summary>An unsigned number, flags or a mask; printed in hexadecimal.</summary>
    Bits,

    /// <summary>A count of bytes or items.</summary>
    Size,

    /// <summary>A file descriptor; -100 is the working directory.</summary>
    File,

    /// <summary>A guest address of data.</summary>
    Pointer,

    /// <summary>A guest address of a zero-terminated path.</summary>
    Path,

    /// <summary>A guest address of zero-terminated text.</summary>
    Text,

    /// <summary>A signal number.</summary>
    Signal,
}

/// <summary>What happens to a waiting call when a signal handler has run.</summary>
internal enum Interruption : byte
{
    /// <summary>Made again if the handler was installed with SA_RESTART, else EINTR (signal(7), first list).</summary>
    Restart = 0,

    /// <summary>EINTR whatever the handler's flags (signal(7), second list).</summary>
    Interrupt,

    /// <summary>The handler is called once more with <see cref="WakeReason.Signal"/> and decides.</summary>
    AskHandler,
}

/// <summary>One row of the system call table.</summary>
/// <param name="Number">The riscv64 number (asm-generic/unistd.h).</param>
/// <param name="Name">The kernel's name for it.</param>
/// <param name="Handler">What carries it out; null makes it fail with ENOSYS and be counted under its name.</param>
/// <param name="Arguments">The meaning of each argument, in order.</param>
/// <param name="Interruption">What a signal does to the call while it waits.</param>
internal sealed record Syscall(
    int Number,
    string Name,
    SyscallHandler? Handler,
    ArgumentKind[] Arguments,
    Interruption Interruption = Interruption.Restart);
