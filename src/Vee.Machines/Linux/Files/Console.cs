using System.Buffers.Binary;
using Vee.Machines.Linux.Files.Generated;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>The inode behind a standard stream: a terminal, or a pipe whose other end is outside the machine.</summary>
internal sealed class ConsoleNode : Inode, IGeneratedNode
{
    private readonly Process process;

    internal ConsoleNode(FileSystem fileSystem, Process process, int stream)
        : base(fileSystem, GeneratedTree.NumberOf($"console:{stream}"), 0x190)
    {
        this.process = process;
        Stream = stream;
        LinkCount = 1;
    }

    internal override FileType Type => IsTerminal ? FileType.CharacterDevice : FileType.Fifo;

    internal override string StateKind => "console";

    internal override bool IsStored => false;

    internal override ulong Device => IsTerminal ? DeviceNumbers.FirstTerminal : 0;

    /// <summary>0, 1 or 2.</summary>
    internal int Stream { get; }

    internal bool IsTerminal => process.Console.IsTerminal(Stream);

    public string Path => $"console:{Stream}";
}

/// <summary>An open standard stream or terminal.</summary>
internal sealed class ConsoleFile(Process process, ConsoleNode node, string path) : InodeFile(process, node, path)
{
    internal const string Kind = "console";

    internal override string StateKind => Kind;

    internal override string Name => IsTerminal ? Path : $"pipe:[{node.Number}]";

    internal override bool ChangesSilently => true;

    internal bool IsTerminal => node.IsTerminal;

    internal override SyscallResult Read(Span<byte> destination)
    {
        if (destination.IsEmpty)
        {
            return 0;
        }

        return Process.Console.Read(destination, out var count) switch
        {
            ConsoleRead.Data => count,
            ConsoleRead.NotYet => Errno.EAGAIN,
            _ => 0,
        };
    }

    internal override SyscallResult Write(ReadOnlySpan<byte> source) =>
        Process.Console.Write(node.Stream == 2 ? 2 : 1, source, out var count) switch
        {
            ConsoleWrite.Done => count,
            // SIGPIPE comes also after a part was written (pipe_write of Linux), and only this error raises it.
            ConsoleWrite.NoReader => Errno.EPIPE,
            // A part that was written is the result; whoever writes the rest is told.
            _ when count > 0 => count,
            ConsoleWrite.NoSpace => Errno.ENOSPC,
            _ => Errno.EIO,
        };

    internal override PollEvents Poll() =>
        (CanRead && Process.Console.HasInput ? PollEvents.In : PollEvents.None)
        | (CanWrite ? PollEvents.Out : PollEvents.None);

    internal override SyscallResult Control(ulong request, ulong argument, UserMemory user)
    {
        if (request == IoctlRequests.BytesReadable)
        {
            return user.TryWriteUInt32(argument, Process.Console.HasInput ? 1u : 0) ? 0 : Errno.EFAULT;
        }

        return IsTerminal ? Process.FileSystem.Terminal.Control(Process, request, argument) : Errno.ENOTTY;
    }

    internal static OpenFile Restore(Process process, StateReader state)
    {
        var (inode, path) = ReadReference(process, state);
        return inode is ConsoleNode console
            ? new ConsoleFile(process, console, path)
            : throw state.Refuse("inode", "not a standard stream");
    }
}

/// <summary>Requests of ioctl(2) (asm-generic/ioctls.h).</summary>
internal static class IoctlRequests
{
    internal const ulong GetAttributes = 0x5401;
    internal const ulong SetAttributes = 0x5402;
    internal const ulong SetAttributesAfterDrain = 0x5403;
    internal const ulong SetAttributesAfterFlush = 0x5404;
    internal const ulong SendBreak = 0x5409;
    internal const ulong Flush = 0x540b;
    internal const ulong SetController = 0x540e;
    internal const ulong GetForegroundGroup = 0x540f;
    internal const ulong SetForegroundGroup = 0x5410;
    internal const ulong BytesUnsent = 0x5411;
    internal const ulong GetWindowSize = 0x5413;
    internal const ulong SetWindowSize = 0x5414;
    internal const ulong BytesReadable = 0x541b;
    internal const ulong SetNonBlocking = 0x5421;
    internal const ulong GetSession = 0x5429;
    internal const ulong ClearCloseOnExec = 0x5450;
    internal const ulong SetCloseOnExec = 0x5451;
}

/// <summary>What the guest has set its terminal to (struct termios); kept and returned, acted on by nobody.</summary>
internal sealed class TerminalSettings
{
    // struct termios of asm-generic: four words of flags, the line discipline, 19 control characters.
    private const int AttributeBytes = 36;

    private readonly byte[] attributes = new byte[AttributeBytes];
    private uint foregroundGroup;

    internal TerminalSettings()
    {
        // What a fresh Linux console has: ICRNL|IXON, OPOST|ONLCR, B38400|CS8|CREAD, the usual local modes.
        ReadOnlySpan<uint> modes = [0x500, 0x5, 0xbf, 0x8a3b];
        for (var index = 0; index < modes.Length; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(attributes.AsSpan(index * sizeof(uint)), modes[index]);
        }

        ReadOnlySpan<byte> characters = [3, 0x1c, 0x7f, 0x15, 4, 0, 1, 0, 0x11, 0x13, 0x1a, 0, 0x12, 0x0f, 0x17, 0x16];
        characters.CopyTo(attributes.AsSpan(17));
    }

    internal SyscallResult Control(Process process, ulong request, ulong argument)
    {
        var user = process.User;
        switch (request)
        {
            case IoctlRequests.GetAttributes:
                return user.TryWrite(argument, attributes) ? 0 : Errno.EFAULT;
            case IoctlRequests.SetAttributes:
            case IoctlRequests.SetAttributesAfterDrain:
            case IoctlRequests.SetAttributesAfterFlush:
                Span<byte> changed = stackalloc byte[AttributeBytes];
                if (!user.TryRead(argument, changed))
                {
                    return Errno.EFAULT;
                }

                changed.CopyTo(attributes);
                return 0;
            case IoctlRequests.GetWindowSize:
                return WriteSize(user, argument, process.Console.Size);
            case IoctlRequests.GetForegroundGroup:
                var group = foregroundGroup == 0 ? (uint)process.Id : foregroundGroup;
                return user.TryWriteUInt32(argument, group) ? 0 : Errno.EFAULT;
            case IoctlRequests.GetSession:
                return user.TryWriteUInt32(argument, (uint)process.Id) ? 0 : Errno.EFAULT;
            case IoctlRequests.SetForegroundGroup:
                if (!user.TryReadUInt32(argument, out var wanted))
                {
                    return Errno.EFAULT;
                }

                foregroundGroup = wanted;
                return 0;
            case IoctlRequests.BytesUnsent:
                return user.TryWriteUInt32(argument, 0) ? 0 : Errno.EFAULT;
            case IoctlRequests.SetWindowSize:
            case IoctlRequests.SetController:
            case IoctlRequests.Flush:
            case IoctlRequests.SendBreak:
                return 0;
            default:
                return Errno.ENOTTY;
        }
    }

    internal void Save(StateWriter state)
    {
        state.Bytes("attributes", attributes);
        state.UInt64("foregroundGroup", foregroundGroup);
    }

    internal void Restore(StateReader state)
    {
        state.Bytes("attributes", attributes);
        foregroundGroup = (uint)state.UInt64("foregroundGroup", uint.MaxValue);
    }

    private static SyscallResult WriteSize(UserMemory user, ulong address, (int Columns, int Rows) size)
    {
        Span<byte> window = stackalloc byte[8];
        window.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(window, (ushort)size.Rows);
        BinaryPrimitives.WriteUInt16LittleEndian(window[2..], (ushort)size.Columns);
        return user.TryWrite(address, window) ? 0 : Errno.EFAULT;
    }
}
