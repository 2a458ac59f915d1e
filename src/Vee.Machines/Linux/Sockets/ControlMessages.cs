using System.Buffers.Binary;
using Vee.Machines.Linux.Files;

namespace Vee.Machines.Linux.Sockets;

/// <summary>Control messages of sendmsg and recvmsg (cmsg(3)): files and credentials.</summary>
internal static class ControlMessages
{
    private const int HeaderBytes = 16;
    private const int TypeRights = 1;
    private const int TypeCredentials = 2;
    private const int CredentialBytes = 12;

    /// <summary>Reads what is sent beside the bytes.</summary>
    /// <param name="process">Whose descriptors they are.</param>
    /// <param name="socket">The socket; only those of the Unix domain pass files.</param>
    /// <param name="control">The control buffer.</param>
    /// <param name="files">SCM_RIGHTS, without references; null for none.</param>
    /// <returns>None, EINVAL for a length that lies, EBADF, or EPERM for somebody else's credentials.</returns>
    internal static Errno TryRead(Process process, Socket socket, ReadOnlySpan<byte> control, out OpenFile[]? files)
    {
        files = null;
        while (control.Length >= HeaderBytes)
        {
            var length = BinaryPrimitives.ReadUInt64LittleEndian(control);
            if (length < HeaderBytes || length > (ulong)control.Length)
            {
                return Errno.EINVAL;
            }

            var level = BinaryPrimitives.ReadInt32LittleEndian(control[8..]);
            var type = BinaryPrimitives.ReadInt32LittleEndian(control[12..]);
            var data = control[HeaderBytes..(int)length];
            var error = (level, type) switch
            {
                (SocketLimits.LevelSocket, TypeRights) => ReadRights(process, socket, data, ref files),
                (SocketLimits.LevelSocket, TypeCredentials) => CheckCredentials(process, data),
                (SocketLimits.LevelSocket, _) => Errno.EINVAL,
                // IP_TOS, IP_TTL, IP_PKTINFO of one datagram: nothing here depends on them.
                _ => Errno.None,
            };
            if (error != Errno.None)
            {
                return error;
            }

            control = control[Math.Min(control.Length, Aligned((int)length))..];
        }

        return Errno.None;
    }

    /// <summary>
    /// Stores what came with a message: first the credentials, then as many files as there is room for.
    /// </summary>
    /// <param name="process">The process that receives.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="files">The files; they are not released here.</param>
    /// <param name="pointer">The guest's control buffer.</param>
    /// <param name="room">Its size in bytes; becomes what was stored.</param>
    /// <param name="flags">The call's flags.</param>
    /// <returns>ControlTruncated where room or descriptors ran out.</returns>
    internal static MessageFlags Write(
        Process process, Socket socket, OpenFile[]? files, ulong pointer, ref ulong room, MessageFlags flags)
    {
        var left = room;
        var truncated = MessageFlags.None;
        if (socket.Family == AddressFamily.Unix && socket.Options.IsSet(SocketOptions.PassCredentials))
        {
            Span<byte> credentials = stackalloc byte[CredentialBytes];
            SocketCredentials.Of(process).Write(credentials);
            truncated |= Put(process.User, TypeCredentials, credentials, ref pointer, ref left);
        }

        if (files is not null)
        {
            var isKept = (flags & MessageFlags.CloseOnExec) != 0;
            truncated |= PutRights(process, files, isKept, ref pointer, ref left);
        }

        room -= left;
        return truncated;
    }

    private static Errno ReadRights(Process process, Socket socket, ReadOnlySpan<byte> data, ref OpenFile[]? files)
    {
        if (socket.Family != AddressFamily.Unix)
        {
            return Errno.None;
        }

        var before = files?.Length ?? 0;
        var count = data.Length / sizeof(int);
        if (before + count > SocketLimits.RightsMax)
        {
            return Errno.EINVAL;
        }

        if (count == 0)
        {
            return Errno.None;
        }

        Array.Resize(ref files, before + count);
        for (var index = 0; index < count; index++)
        {
            var number = BinaryPrimitives.ReadInt32LittleEndian(data[(index * sizeof(int))..]);
            if (!process.Files.TryGet(number, out var file))
            {
                return Errno.EBADF;
            }

            files[before + index] = file;
        }

        return Errno.None;
    }

    private static Errno CheckCredentials(Process process, ReadOnlySpan<byte> data)
    {
        if (data.Length != CredentialBytes)
        {
            return Errno.EINVAL;
        }

        Span<byte> own = stackalloc byte[CredentialBytes];
        SocketCredentials.Of(process).Write(own);
        return data.SequenceEqual(own) ? Errno.None : Errno.EPERM;
    }

    private static MessageFlags PutRights(
        Process process, OpenFile[] files, bool closeOnExec, ref ulong pointer, ref ulong left)
    {
        var fitting = left < HeaderBytes ? 0 : (int)Math.Min((left - HeaderBytes) / sizeof(int), (ulong)files.Length);
        Span<byte> numbers = stackalloc byte[SocketLimits.RightsMax * sizeof(int)];
        var count = 0;
        while (count < fitting && process.Files.Install(files[count], closeOnExec) is { IsError: false } installed)
        {
            BinaryPrimitives.WriteInt32LittleEndian(numbers[(count * sizeof(int))..], (int)installed.Raw);
            count++;
        }

        if (count == 0)
        {
            return MessageFlags.ControlTruncated;
        }

        var stored = numbers[..(count * sizeof(int))];
        if (Put(process.User, TypeRights, stored, ref pointer, ref left) != MessageFlags.None)
        {
            // The guest cannot learn the numbers, so it must not own them.
            for (var index = 0; index < count; index++)
            {
                process.Files.Close(BinaryPrimitives.ReadInt32LittleEndian(stored[(index * sizeof(int))..]));
            }

            return MessageFlags.ControlTruncated;
        }

        return count < files.Length ? MessageFlags.ControlTruncated : MessageFlags.None;
    }

    private static MessageFlags Put(
        UserMemory user, int type, ReadOnlySpan<byte> data, ref ulong pointer, ref ulong left)
    {
        var length = HeaderBytes + data.Length;
        if (left < (ulong)length)
        {
            return MessageFlags.ControlTruncated;
        }

        Span<byte> message = stackalloc byte[HeaderBytes + (SocketLimits.RightsMax * sizeof(int))];
        BinaryPrimitives.WriteUInt64LittleEndian(message, (ulong)length);
        BinaryPrimitives.WriteInt32LittleEndian(message[8..], SocketLimits.LevelSocket);
        BinaryPrimitives.WriteInt32LittleEndian(message[12..], type);
        data.CopyTo(message[HeaderBytes..]);
        if (!user.TryWrite(pointer, message[..length]))
        {
            return MessageFlags.ControlTruncated;
        }

        var space = Math.Min(left, (ulong)Aligned(length));
        pointer += space;
        left -= space;
        return MessageFlags.None;
    }

    private static int Aligned(int length) => (length + 7) & ~7;
}

/// <summary>struct ucred: who a process is.</summary>
internal readonly record struct SocketCredentials(int Process, uint User, uint Group)
{
    /// <summary>What SO_PEERCRED says of a socket without a peer.</summary>
    internal static SocketCredentials None => new(0, uint.MaxValue, uint.MaxValue);

    /// <summary>The process's own; guests run as root.</summary>
    internal static SocketCredentials Of(Process process) => new(process.Id, 0, 0);

    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, Process);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], User);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Group);
    }
}
