using System.Buffers.Binary;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Files;

/// <summary>Changing modes, owners and times.</summary>
internal static class AttributeCalls
{
    internal static readonly Syscall[] Table =
    [
        new(52, "fchmod", ChangeModeOfFile, [ArgumentKind.File, ArgumentKind.Bits]),
        new(53, "fchmodat", ChangeMode, [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Bits]),
        new(452, "fchmodat2", ChangeModeWithFlags,
            [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Bits, ArgumentKind.Bits]),
        new(54, "fchownat", ChangeOwner,
            [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Int, ArgumentKind.Int, ArgumentKind.Bits]),
        new(55, "fchown", ChangeOwnerOfFile, [ArgumentKind.File, ArgumentKind.Int, ArgumentKind.Int]),
        new(88, "utimensat", ChangeTimes,
            [ArgumentKind.File, ArgumentKind.Path, ArgumentKind.Pointer, ArgumentKind.Bits]),
    ];

    private static SyscallResult ChangeModeOfFile(Process process, GuestThread thread, in SyscallArguments a) =>
        !process.Files.TryGet((int)a.A0, out var file) || file is PathOnlyFile
            ? Errno.EBADF
            : SetMode(file.Inode, (uint)a.A1);

    private static SyscallResult ChangeMode(Process process, GuestThread thread, in SyscallArguments a) =>
        SetMode(process, a, 0);

    private static SyscallResult ChangeModeWithFlags(Process process, GuestThread thread, in SyscallArguments a) =>
        (a.A3 & ~(ulong)(FileArguments.NoFollow | FileArguments.EmptyPath)) != 0
            ? Errno.EINVAL
            : SetMode(process, a, (uint)a.A3);

    private static SyscallResult SetMode(Process process, in SyscallArguments a, uint flags)
    {
        var follow = (flags & FileArguments.NoFollow) == 0;
        var error = FileArguments.TryFind(process, a.A0, a.A1, flags, follow, out var inode, out _);
        return error != Errno.None ? error : SetMode(inode, (uint)a.A2);
    }

    private static SyscallResult SetMode(Inode? inode, uint mode)
    {
        if (inode is null or { IsStored: false })
        {
            return inode is null or ConsoleNode ? 0 : Errno.EPERM;
        }

        if (inode is LinkNode)
        {
            return Errno.EOPNOTSUPP;
        }

        inode.Permissions = mode & Inode.PermissionMask;
        inode.Touch();
        return 0;
    }

    private static SyscallResult ChangeOwner(Process process, GuestThread thread, in SyscallArguments a)
    {
        if ((a.A4 & ~(ulong)(FileArguments.NoFollow | FileArguments.EmptyPath)) != 0)
        {
            return Errno.EINVAL;
        }

        var follow = (a.A4 & FileArguments.NoFollow) == 0;
        var error = FileArguments.TryFind(process, a.A0, a.A1, (uint)a.A4, follow, out var inode, out _);
        return error != Errno.None ? error : SetOwner(inode, (uint)a.A2, (uint)a.A3);
    }

    private static SyscallResult ChangeOwnerOfFile(Process process, GuestThread thread, in SyscallArguments a) =>
        !process.Files.TryGet((int)a.A0, out var file) || file is PathOnlyFile
            ? Errno.EBADF
            : SetOwner(file.Inode, (uint)a.A1, (uint)a.A2);

    private static SyscallResult SetOwner(Inode? inode, uint user, uint group)
    {
        const uint Unchanged = uint.MaxValue;
        const uint SetIds = 0xc00;
        if (inode is null or { IsStored: false })
        {
            return inode is null or ConsoleNode ? 0 : Errno.EPERM;
        }

        inode.User = user == Unchanged ? inode.User : user;
        inode.Group = group == Unchanged ? inode.Group : group;
        if (inode is RegularFile)
        {
            inode.Permissions &= ~SetIds;
        }

        inode.Touch();
        return 0;
    }

    private static SyscallResult ChangeTimes(Process process, GuestThread thread, in SyscallArguments a)
    {
        if ((a.A3 & ~(ulong)(FileArguments.NoFollow | FileArguments.EmptyPath)) != 0)
        {
            return Errno.EINVAL;
        }

        var now = process.Clock.Realtime;
        var (access, modify) = ((long?)now, (long?)now);
        if (a.A2 != 0)
        {
            var read = ReadTimes(process, a.A2, out access, out modify);
            if (read != Errno.None)
            {
                return read;
            }
        }

        // futimens passes no path: the times of the descriptor itself.
        var flags = (uint)a.A3 | (a.A1 == 0 ? FileArguments.EmptyPath : 0);
        if (a.A1 == 0 && (int)a.A0 == FileArguments.WorkingDirectory)
        {
            return Errno.EFAULT;
        }

        var follow = (flags & FileArguments.NoFollow) == 0;
        var error = FileArguments.TryFind(process, a.A0, a.A1, flags, follow, out var inode, out _);
        if (error != Errno.None || inode is null or { IsStored: false })
        {
            return error != Errno.None || inode is null or ConsoleNode ? error : Errno.EPERM;
        }

        inode.AccessTime = access ?? inode.AccessTime;
        inode.ModifyTime = modify ?? inode.ModifyTime;
        inode.Touch();
        return 0;
    }

    private static Errno ReadTimes(Process process, ulong address, out long? access, out long? modify)
    {
        access = modify = null;
        Span<byte> times = stackalloc byte[32];
        if (!process.User.TryRead(address, times))
        {
            return Errno.EFAULT;
        }

        return TryTime(process, times, out access) && TryTime(process, times[16..], out modify)
            ? Errno.None
            : Errno.EINVAL;
    }

    private static bool TryTime(Process process, ReadOnlySpan<byte> time, out long? nanoseconds)
    {
        const long Now = 0x3fffffff;
        const long Omit = 0x3ffffffe;
        const long SecondsMax = long.MaxValue / VirtualClock.NanosecondsPerSecond - 1;
        var seconds = BinaryPrimitives.ReadInt64LittleEndian(time);
        var fraction = BinaryPrimitives.ReadInt64LittleEndian(time[8..]);
        // A time beyond what 64 bits of nanoseconds hold is clamped, as file systems clamp to their range.
        nanoseconds = fraction switch
        {
            Now => process.Clock.Realtime,
            Omit => null,
            _ => (Math.Clamp(seconds, -SecondsMax, SecondsMax) * VirtualClock.NanosecondsPerSecond) + fraction,
        };
        return fraction is Now or Omit or (>= 0 and < VirtualClock.NanosecondsPerSecond);
    }
}
