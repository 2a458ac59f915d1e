using System.Runtime.InteropServices;

namespace Vee.Machines.Linux.Sockets;

/// <summary>struct msghdr of a 64-bit guest (linux/socket.h, struct user_msghdr).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct MessageHeader
{
    private const ulong NameBytesOffset = 8;
    private const ulong ControlBytesOffset = 40;
    private const ulong FlagsOffset = 48;

    internal readonly ulong Name;
    internal readonly uint NameBytes;
    private readonly uint padding;
    internal readonly ulong Vectors;
    internal readonly ulong VectorCount;
    internal readonly ulong Control;
    internal readonly ulong ControlBytes;
    internal readonly uint Flags;
    private readonly uint morePadding;

    /// <summary>Stores what recvmsg answers in the header: the source, and the lengths that were used.</summary>
    internal static Errno WriteAnswer(
        UserMemory user,
        ulong pointer,
        in MessageHeader header,
        SocketAddress? source,
        ulong controlBytes,
        MessageFlags flags)
    {
        if (header.Name != 0)
        {
            var isNamed = source is { } known && known is not { Family: AddressFamily.Unix, Name: null };
            var error = isNamed
                ? source!.Value.TryWrite(user, header.Name, pointer + NameBytesOffset)
                : user.TryWriteUInt32(pointer + NameBytesOffset, 0) ? Errno.None : Errno.EFAULT;
            if (error != Errno.None)
            {
                return error;
            }
        }

        return user.TryWriteUInt64(pointer + ControlBytesOffset, controlBytes)
            && user.TryWriteUInt32(pointer + FlagsOffset, (uint)flags)
                ? Errno.None
                : Errno.EFAULT;
    }
}
