using System.Buffers.Binary;
using System.Text;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Linux.Time;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux;

/// <summary>Who the process is, what it may use, and what the system is: the calls that mostly answer
/// questions.</summary>
internal static class ProcessCalls
{
    private const int UtsFieldBytes = 65;
    private const int UtsFields = 6;
    private const int NameBytes = 16;
    private const int NicenessMax = 19;
    private const int SystemInfoBytes = 112;
    private const int ResourceUsageBytes = 144;
    private const ulong RandomFlags = 7;

    internal static readonly Syscall[] Table =
    [
        new(172, "getpid", (process, _, in _) => process.Id, []),
        new(173, "getppid", (_, _, in _) => 1, []),
        new(174, "getuid", (_, _, in _) => 0, []),
        new(175, "geteuid", (_, _, in _) => 0, []),
        new(176, "getgid", (_, _, in _) => 0, []),
        new(177, "getegid", (_, _, in _) => 0, []),
        new(148, "getresuid", GetIds, [ArgumentKind.Pointer, ArgumentKind.Pointer, ArgumentKind.Pointer]),
        new(150, "getresgid", GetIds, [ArgumentKind.Pointer, ArgumentKind.Pointer, ArgumentKind.Pointer]),
        new(146, "setuid", (_, _, in arguments) => SetIds(arguments.A0, 0, 0), [ArgumentKind.Int]),
        new(144, "setgid", (_, _, in arguments) => SetIds(arguments.A0, 0, 0), [ArgumentKind.Int]),
        new(147, "setresuid", (_, _, in arguments) => SetIds(arguments.A0, arguments.A1, arguments.A2),
            [ArgumentKind.Int, ArgumentKind.Int, ArgumentKind.Int]),
        new(149, "setresgid", (_, _, in arguments) => SetIds(arguments.A0, arguments.A1, arguments.A2),
            [ArgumentKind.Int, ArgumentKind.Int, ArgumentKind.Int]),
        new(158, "getgroups", (_, _, in _) => 0, [ArgumentKind.Int, ArgumentKind.Pointer]),
        new(155, "getpgid", IfSelf, [ArgumentKind.Int]),
        new(156, "getsid", IfSelf, [ArgumentKind.Int]),
        new(154, "setpgid", (process, _, in arguments) => IfSelf(process, (int)arguments.A0).IsError ? Errno.ESRCH : 0,
            [ArgumentKind.Int, ArgumentKind.Int]),
        new(157, "setsid", (_, _, in _) => Errno.EPERM, []),
        new(160, "uname", SystemName, [ArgumentKind.Pointer]),
        new(179, "sysinfo", SystemInfo, [ArgumentKind.Pointer]),
        new(165, "getrusage", ResourceUsage, [ArgumentKind.Int, ArgumentKind.Pointer]),
        new(163, "getrlimit", GetLimit, [ArgumentKind.Int, ArgumentKind.Pointer]),
        new(164, "setrlimit", SetLimit, [ArgumentKind.Int, ArgumentKind.Pointer]),
        new(261, "prlimit64", PeekPokeLimit,
            [ArgumentKind.Int, ArgumentKind.Int, ArgumentKind.Pointer, ArgumentKind.Pointer]),
        new(167, "prctl", Control,
            [ArgumentKind.Int, ArgumentKind.Bits, ArgumentKind.Bits, ArgumentKind.Bits, ArgumentKind.Bits]),
        new(278, "getrandom", GetRandom, [ArgumentKind.Pointer, ArgumentKind.Size, ArgumentKind.Bits]),
        new(92, "personality", (_, _, in arguments) => (uint)arguments.A0 is 0 or uint.MaxValue ? 0 : Errno.EINVAL,
            [ArgumentKind.Bits]),
        new(140, "setpriority", SetPriority, [ArgumentKind.Int, ArgumentKind.Int, ArgumentKind.Int]),
        new(141, "getpriority", GetPriority, [ArgumentKind.Int, ArgumentKind.Int]),
        new(260, "wait4", (_, _, in _) => Errno.ECHILD,
            [ArgumentKind.Int, ArgumentKind.Pointer, ArgumentKind.Bits, ArgumentKind.Pointer]),
        new(95, "waitid", (_, _, in _) => Errno.ECHILD,
            [ArgumentKind.Int, ArgumentKind.Int, ArgumentKind.Pointer, ArgumentKind.Bits]),
    ];

    private static SyscallResult GetIds(Process process, GuestThread thread, in SyscallArguments arguments) =>
        process.User.TryWriteUInt32(arguments.A0, 0) && process.User.TryWriteUInt32(arguments.A1, 0)
            && process.User.TryWriteUInt32(arguments.A2, 0) ? 0 : Errno.EFAULT;

    // There is one user, root; becoming another is refused, because nothing would then be checked for it.
    private static SyscallResult SetIds(ulong first, ulong second, ulong third) =>
        (uint)first is 0 or uint.MaxValue && (uint)second is 0 or uint.MaxValue && (uint)third is 0 or uint.MaxValue
            ? 0
            : Errno.EPERM;

    private static SyscallResult IfSelf(Process process, GuestThread thread, in SyscallArguments arguments) =>
        IfSelf(process, (int)arguments.A0);

    private static SyscallResult IfSelf(Process process, int id) => id == 0
        || id == process.Id ? process.Id : Errno.ESRCH;

    private static SyscallResult SetPriority(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        var error = FindPriority(process, arguments);
        if (error == Errno.None)
        {
            process.Niceness = Math.Clamp((int)arguments.A2, -NicenessMax - 1, NicenessMax);
        }

        return error;
    }

    private static SyscallResult GetPriority(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        // The call itself returns 20 less the niceness, 1 to 40, so that it is never an error.
        var error = FindPriority(process, arguments);
        return error == Errno.None ? NicenessMax + 1 - process.Niceness : error;
    }

    /// <summary>Whether the priority that is meant is the process's, which is the only one there is.</summary>
    private static Errno FindPriority(Process process, in SyscallArguments arguments)
    {
        const int ofProcess = 0;
        const int ofGroup = 1;
        const int ofUser = 2;
        var who = (int)arguments.A1;
        return (int)arguments.A0 switch
        {
            ofProcess => who == 0 || process.Threads.All.ContainsKey(who) ? Errno.None : Errno.ESRCH,
            ofGroup => who == 0 || who == process.Id ? Errno.None : Errno.ESRCH,
            ofUser => who == 0 ? Errno.None : Errno.ESRCH,
            _ => Errno.EINVAL,
        };
    }

    private static SyscallResult SystemName(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        ReadOnlySpan<string> values =
            ["Linux", process.Options.HostName, SystemIdentity.KernelRelease, SystemIdentity.KernelVersion,
                "riscv64", "(none)"];
        Span<byte> bytes = stackalloc byte[UtsFieldBytes * UtsFields];
        bytes.Clear();
        for (var index = 0; index < UtsFields; index++)
        {
            var value = values[index][..Math.Min(values[index].Length, UtsFieldBytes - 1)];
            Encoding.Latin1.GetBytes(value, bytes[(index * UtsFieldBytes)..]);
        }

        return process.User.TryWrite(arguments.A0, bytes) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult SystemInfo(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        Span<byte> bytes = stackalloc byte[SystemInfoBytes];
        bytes.Clear();
        var total = process.Memory.RamPages * PageNumber.Bytes;
        var free = total - process.Memory.PresentPages * PageNumber.Bytes;
        BinaryPrimitives.WriteInt64LittleEndian(bytes, process.Clock.Now / VirtualClock.NanosecondsPerSecond);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], total);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[40..], free);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[80..], (ushort)process.Threads.All.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[104..], 1);
        return process.User.TryWrite(arguments.A0, bytes) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult ResourceUsage(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        const int self = 0;
        const int children = -1;
        const int callingThread = 1;
        const int maximumResidentOffset = 32;
        var who = (int)arguments.A0;
        if (who is not (self or children or callingThread))
        {
            return Errno.EINVAL;
        }

        var cpu = who switch
        {
            self => TimeCalls.ProcessCpuTime(process),
            callingThread => TimeCalls.ThreadCpuTime(thread),
            _ => 0,
        };
        Span<byte> bytes = stackalloc byte[ResourceUsageBytes];
        bytes.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, cpu / VirtualClock.NanosecondsPerSecond);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], cpu % VirtualClock.NanosecondsPerSecond / 1000);
        if (who != children)
        {
            BinaryPrimitives.WriteInt64LittleEndian(
                bytes[maximumResidentOffset..], process.Memory.PresentPages * PageNumber.Bytes / 1024);
        }

        return process.User.TryWrite(arguments.A1, bytes) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult GetLimit(Process process, GuestThread thread, in SyscallArguments arguments) =>
        AccessLimit(process, arguments.A0, 0, arguments.A1);

    private static SyscallResult SetLimit(Process process, GuestThread thread, in SyscallArguments arguments) =>
        AccessLimit(process, arguments.A0, arguments.A1, 0);

    private static SyscallResult PeekPokeLimit(Process process, GuestThread thread, in SyscallArguments arguments) =>
        IfSelf(process, (int)arguments.A0).IsError
            ? Errno.ESRCH
            : AccessLimit(process, arguments.A1, arguments.A2, arguments.A3);

    private static SyscallResult AccessLimit(Process process, ulong resource, ulong newLimit, ulong oldLimit)
    {
        if (resource >= ResourceLimits.Count)
        {
            return Errno.EINVAL;
        }

        var (soft, hard) = process.Limits.Get((int)resource);
        if (newLimit != 0)
        {
            if (!process.User.TryReadUInt64(newLimit, out var newSoft)
                || !process.User.TryReadUInt64(newLimit + 8, out var newHard))
            {
                return Errno.EFAULT;
            }

            if (newSoft > newHard)
            {
                return Errno.EINVAL;
            }

            if (newHard > hard)
            {
                return Errno.EPERM;
            }

            process.Limits.Set((int)resource, newSoft, newHard);
        }

        return oldLimit == 0
            || (process.User.TryWriteUInt64(oldLimit, soft)
                && process.User.TryWriteUInt64(oldLimit + 8, hard)) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Control(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        const int getDumpable = 3;
        const int setDumpable = 4;
        const int setName = 15;
        const int getName = 16;
        const int getNoNewPrivileges = 39;
        const int setNoNewPrivileges = 38;
        switch ((int)arguments.A0)
        {
            case setName:
                var error = process.User.TryReadText(arguments.A1, out var name, NameBytes);
                if (error == Errno.EFAULT)
                {
                    return error;
                }

                thread.Name = error == Errno.None ? name : ReadName(process, arguments.A1);
                return 0;
            case getName:
                Span<byte> bytes = stackalloc byte[NameBytes];
                bytes.Clear();
                Encoding.Latin1.GetBytes(thread.Name.AsSpan(0, Math.Min(thread.Name.Length, NameBytes - 1)), bytes);
                return process.User.TryWrite(arguments.A1, bytes) ? 0 : Errno.EFAULT;
            case getDumpable or getNoNewPrivileges:
                return (int)arguments.A0 == getDumpable ? 1 : 0;
            case setDumpable or setNoNewPrivileges:
                return arguments.A1 <= 1 ? 0 : Errno.EINVAL;
            default:
                return Errno.EINVAL;
        }
    }

    private static string ReadName(Process process, ulong address)
    {
        // A name that is too long is cut, not refused.
        Span<byte> bytes = stackalloc byte[NameBytes - 1];
        return process.User.TryRead(address, bytes) ? Encoding.Latin1.GetString(bytes) : "";
    }

    private static SyscallResult GetRandom(Process process, GuestThread thread, in SyscallArguments arguments)
    {
        if ((arguments.A2 & ~RandomFlags) != 0)
        {
            return Errno.EINVAL;
        }

        Span<byte> bytes = stackalloc byte[256];
        var left = Math.Min(arguments.A1, UserMemory.TransferBytesMax);
        var done = 0UL;
        while (done < left)
        {
            var part = bytes[..(int)Math.Min(left - done, (ulong)bytes.Length)];
            process.Random.Fill(part);
            if (!process.User.TryWrite(arguments.A0 + done, part))
            {
                return done > 0 ? (long)done : Errno.EFAULT;
            }

            done += (ulong)part.Length;
        }

        return (long)done;
    }
}
