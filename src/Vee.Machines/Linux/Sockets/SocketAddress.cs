using System.Buffers.Binary;
using System.Text;
using Vee.Machines.Networking;

namespace Vee.Machines.Linux.Sockets;

/// <summary>A socket address: sockaddr_in, sockaddr_un, or only a family.</summary>
/// <param name="Family">sa_family.</param>
/// <param name="EndPoint">The address of AF_INET.</param>
/// <param name="Name">The name of AF_UNIX, a character per byte; an abstract one starts with NUL, none is null.</param>
internal readonly record struct SocketAddress(int Family, EndPoint4 EndPoint = default, string? Name = null)
{
    /// <summary>Bytes of the largest address (struct sockaddr_storage).</summary>
    internal const int BytesMax = 128;

    private const int FamilyBytes = 2;
    private const int InetBytes = 16;
    private const int UnixBytesMax = 110;

    internal static SocketAddress Inet(EndPoint4 endPoint) => new(AddressFamily.Inet, endPoint);

    internal static SocketAddress Unix(string? name) => new(AddressFamily.Unix, Name: name);

    /// <summary>Reads an address that the guest passed.</summary>
    /// <param name="user">Guest memory.</param>
    /// <param name="pointer">Where it is.</param>
    /// <param name="lengthArgument">Its length, as the register holds it.</param>
    /// <param name="address">The address.</param>
    /// <returns>None, EFAULT, or EINVAL for a length that does not fit the family.</returns>
    internal static Errno TryRead(UserMemory user, ulong pointer, ulong lengthArgument, out SocketAddress address)
    {
        address = default;
        var length = (int)lengthArgument;
        if (length is < FamilyBytes or > BytesMax)
        {
            return Errno.EINVAL;
        }

        Span<byte> bytes = stackalloc byte[BytesMax];
        bytes = bytes[..length];
        if (!user.TryRead(pointer, bytes))
        {
            return Errno.EFAULT;
        }

        int family = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        if (family == AddressFamily.Inet)
        {
            if (length < InetBytes)
            {
                return Errno.EINVAL;
            }

            address = Inet(new EndPoint4(
                BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])));
            return Errno.None;
        }

        if (family != AddressFamily.Unix)
        {
            address = new SocketAddress(family);
            return Errno.None;
        }

        return TryReadName(bytes[FamilyBytes..], out address) ? Errno.None : Errno.EINVAL;
    }

    /// <summary>Stores an address as getsockname does: cut to the guest's room, its whole length beside it.</summary>
    internal Errno TryWrite(UserMemory user, ulong pointer, ulong lengthPointer)
    {
        if (!user.TryReadUInt32(lengthPointer, out var room))
        {
            return Errno.EFAULT;
        }

        if ((int)room < 0)
        {
            return Errno.EINVAL;
        }

        Span<byte> bytes = stackalloc byte[BytesMax];
        var length = Encode(bytes);
        return user.TryWrite(pointer, bytes[..Math.Min(length, (int)room)])
            && user.TryWriteUInt32(lengthPointer, (uint)length)
                ? Errno.None
                : Errno.EFAULT;
    }

    /// <summary>Writes the guest's form of the address.</summary>
    /// <returns>Its length in bytes, at most <see cref="BytesMax"/>.</returns>
    internal int Encode(Span<byte> destination)
    {
        destination[..BytesMax].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)Family);
        if (Family == AddressFamily.Inet)
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], EndPoint.Port);
            BinaryPrimitives.WriteUInt32BigEndian(destination[4..], EndPoint.Address);
            return InetBytes;
        }

        if (Name is null)
        {
            return FamilyBytes;
        }

        var name = Name.AsSpan(0, Math.Min(Name.Length, UnixBytesMax - FamilyBytes));
        var count = Encoding.Latin1.GetBytes(name, destination[FamilyBytes..]);
        // A path is followed by its terminator; an abstract name is as long as it is (unix(7)).
        return FamilyBytes + count + (Name.StartsWith('\0') ? 0 : 1);
    }

    private static bool TryReadName(ReadOnlySpan<byte> bytes, out SocketAddress address)
    {
        address = Unix(null);
        if (bytes.Length > UnixBytesMax - FamilyBytes)
        {
            return false;
        }

        if (bytes.IsEmpty)
        {
            return true;
        }

        var end = bytes[0] == 0 ? bytes.Length : bytes.IndexOf((byte)0);
        address = Unix(Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]));
        return true;
    }
}
