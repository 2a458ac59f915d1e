using System.Buffers.Binary;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Files;

/// <summary>Duplicating descriptors and changing what they do: dup, fcntl, flock, ioctl.</summary>
internal static class DescriptorCalls
{
    // F_SETFL changes these; O_ASYNC is remembered and means nothing here.
    private const OpenFlags Settable =
        OpenFlags.Append | OpenFlags.NonBlocking | OpenFlags.NoAccessTime | OpenFlags.Direct
        | (OpenFlags)0x2000;

    internal static readonly Syscall[] Table =
    [
        new(23, "dup", Duplicate, [ArgumentKind.File]),
        new(24, "dup3", DuplicateTo, [ArgumentKind.File, ArgumentKind.File, ArgumentKind.Bits]),
        new(25, "fcntl", Control, [ArgumentKind.File, ArgumentKind.Int, ArgumentKind.Bits]),
        new(32, "flock", Lock, [ArgumentKind.File, ArgumentKind.Bits]),
        new(29, "ioctl", DeviceControl, [ArgumentKind.File, ArgumentKind.Bits, ArgumentKind.Pointer]),
    ];

    private static SyscallResult Duplicate(Process process, GuestThread thread, in SyscallArguments a) =>
        process.Files.TryGet((int)a.A0, out var file) ? process.Files.Install(file) : Errno.EBADF;

    private static SyscallResult DuplicateTo(Process process, GuestThread thread, in SyscallArguments a)
    {
        var target = (int)a.A1;
        if ((a.A2 & ~(ulong)OpenFlags.CloseOnExec) != 0 || (int)a.A0 == target)
        {
            return Errno.EINVAL;
        }

        if ((uint)target >= process.Files.Limit || !process.Files.TryGet((int)a.A0, out var file))
        {
            return Errno.EBADF;
        }

        process.Files.Replace(target, file, a.A2 != 0);
        return target;
    }

    private static SyscallResult Control(Process process, GuestThread thread, in SyscallArguments a)
    {
        if (!process.Files.TryGet((int)a.A0, out var file))
        {
            return Errno.EBADF;
        }

        var command = (FileCommand)(int)a.A1;
        switch (command)
        {
            case FileCommand.Duplicate:
            case FileCommand.DuplicateCloseOnExec:
                return a.A2 >= process.Files.Limit
                    ? Errno.EINVAL
                    : process.Files.Install(file, command == FileCommand.DuplicateCloseOnExec, (int)a.A2);
            case FileCommand.GetDescriptorFlags:
                return process.Files.GetCloseOnExec((int)a.A0) ? 1 : 0;
            case FileCommand.SetDescriptorFlags:
                process.Files.SetCloseOnExec((int)a.A0, (a.A2 & 1) != 0);
                return 0;
            case FileCommand.GetFlags:
                return (long)file.Flags;
        }

        if (file is PathOnlyFile)
        {
            return Errno.EBADF;
        }

        switch (command)
        {
            case FileCommand.SetFlags:
                file.Flags = (file.Flags & ~Settable) | ((OpenFlags)a.A2 & Settable);
                return 0;
            case FileCommand.GetLock or FileCommand.GetDescriptionLock:
                return TestLock(process, a.A2, answers: true);
            case FileCommand.SetLock or FileCommand.SetLockWait
                or FileCommand.SetDescriptionLock or FileCommand.SetDescriptionLockWait:
                return TestLock(process, a.A2, answers: false);
            case FileCommand.SetOwner or FileCommand.SetSignal:
                return 0;
            case FileCommand.GetOwner or FileCommand.GetSignal:
                return 0;
            default:
                return ControlContent(file, command, a.A2);
        }
    }

    private static SyscallResult ControlContent(OpenFile file, FileCommand command, ulong argument) =>
        (command, file) switch
        {
            (FileCommand.GetLease, RegularOpenFile) => 2,
            (FileCommand.GetPipeSize, PipeFile { Pipe: var pipe }) => pipe.Capacity,
            (FileCommand.SetPipeSize, PipeFile { Pipe: var pipe }) =>
                (int)argument < 0 || argument > int.MaxValue ? Errno.EINVAL : pipe.SetCapacity((int)argument),
            (FileCommand.GetPipeSize or FileCommand.SetPipeSize, _) => Errno.EBADF,
            (FileCommand.GetSeals, RegularOpenFile { File.Seals: { } seals }) => seals,
            (FileCommand.AddSeals, RegularOpenFile { File: { Seals: not null } regular }) =>
                AddSeals(file, regular, argument),
            _ => Errno.EINVAL,
        };

    private static SyscallResult AddSeals(OpenFile open, RegularFile file, ulong added)
    {
        if ((added & ~(ulong)FileSeals.All) != 0)
        {
            return Errno.EINVAL;
        }

        if (!open.CanWrite || (file.Seals & FileSeals.Seal) != 0)
        {
            return Errno.EPERM;
        }

        file.Seals |= (uint)added;
        return 0;
    }

    /// <summary>Locks within one process never conflict, so a lock is always granted and never found.</summary>
    private static SyscallResult TestLock(Process process, ulong address, bool answers)
    {
        const int LockBytes = 32;
        const short Unlocked = 2;
        Span<byte> wanted = stackalloc byte[LockBytes];
        if (!process.User.TryRead(address, wanted))
        {
            return Errno.EFAULT;
        }

        var type = BinaryPrimitives.ReadInt16LittleEndian(wanted);
        var whence = BinaryPrimitives.ReadInt16LittleEndian(wanted[2..]);
        if (type is < 0 or > Unlocked || whence is < 0 or > 2 || (answers && type == Unlocked))
        {
            return Errno.EINVAL;
        }

        BinaryPrimitives.WriteInt16LittleEndian(wanted, Unlocked);
        return !answers || process.User.TryWrite(address, wanted) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Lock(Process process, GuestThread thread, in SyscallArguments a)
    {
        const ulong NonBlocking = 4;
        return !process.Files.TryGet((int)a.A0, out var file) || file is PathOnlyFile ? Errno.EBADF
            : (a.A1 & ~NonBlocking) is 1 or 2 or 8 ? 0
            : Errno.EINVAL;
    }

    private static SyscallResult DeviceControl(Process process, GuestThread thread, in SyscallArguments a)
    {
        if (!process.Files.TryGet((int)a.A0, out var file) || file is PathOnlyFile)
        {
            return Errno.EBADF;
        }

        var request = (ulong)(uint)a.A1;
        switch (request)
        {
            case IoctlRequests.SetCloseOnExec or IoctlRequests.ClearCloseOnExec:
                process.Files.SetCloseOnExec((int)a.A0, request == IoctlRequests.SetCloseOnExec);
                return 0;
            case IoctlRequests.SetNonBlocking:
                if (!process.User.TryReadUInt32(a.A2, out var value))
                {
                    return Errno.EFAULT;
                }

                file.Flags = value != 0 ? file.Flags | OpenFlags.NonBlocking : file.Flags & ~OpenFlags.NonBlocking;
                return 0;
            default:
                return file.Control(request, a.A2, process.User);
        }
    }

    /// <summary>fcntl's commands (asm-generic/fcntl.h, linux/fcntl.h).</summary>
    private enum FileCommand
    {
        Duplicate = 0,
        GetDescriptorFlags = 1,
        SetDescriptorFlags = 2,
        GetFlags = 3,
        SetFlags = 4,
        GetLock = 5,
        SetLock = 6,
        SetLockWait = 7,
        SetOwner = 8,
        GetOwner = 9,
        SetSignal = 10,
        GetSignal = 11,
        GetDescriptionLock = 36,
        SetDescriptionLock = 37,
        SetDescriptionLockWait = 38,
        GetLease = 1025,
        DuplicateCloseOnExec = 1030,
        SetPipeSize = 1031,
        GetPipeSize = 1032,
        AddSeals = 1033,
        GetSeals = 1034,
    }
}
