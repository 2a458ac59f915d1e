namespace Vee.Machines.Linux.Sockets;

/// <summary>struct iovec: a piece of guest memory.</summary>
internal readonly record struct GuestVector(ulong Address, ulong Length);

/// <summary>The pieces of guest memory that a message is gathered from or scattered to, as one run of bytes.</summary>
internal readonly ref struct GuestVectors
{
    private readonly UserMemory user;
    private readonly ReadOnlySpan<GuestVector> vectors;

    private GuestVectors(UserMemory user, ReadOnlySpan<GuestVector> vectors, int totalBytes)
    {
        this.user = user;
        this.vectors = vectors;
        TotalBytes = totalBytes;
    }

    /// <summary>Bytes of all pieces, cut to <see cref="UserMemory.TransferBytesMax"/>.</summary>
    internal int TotalBytes { get; }

    /// <summary>One piece, as sendto and recvfrom have it.</summary>
    internal static GuestVectors Single(UserMemory user, in GuestVector vector) =>
        new(user, new ReadOnlySpan<GuestVector>(in vector), (int)Math.Min(vector.Length, UserMemory.TransferBytesMax));

    /// <summary>Reads an array of iovecs.</summary>
    /// <param name="user">Guest memory.</param>
    /// <param name="pointer">The array in the guest.</param>
    /// <param name="storage">Room for as many as there are.</param>
    /// <param name="vectors">The pieces.</param>
    /// <returns>None, EFAULT, or EINVAL for a length that is negative (import_iovec).</returns>
    internal static Errno TryRead(UserMemory user, ulong pointer, Span<GuestVector> storage, out GuestVectors vectors)
    {
        vectors = default;
        if (!user.TryRead(pointer, System.Runtime.InteropServices.MemoryMarshal.AsBytes(storage)))
        {
            return Errno.EFAULT;
        }

        var total = 0UL;
        foreach (var vector in storage)
        {
            if ((long)vector.Length < 0)
            {
                return Errno.EINVAL;
            }

            total = Math.Min(total + vector.Length, UserMemory.TransferBytesMax);
        }

        vectors = new GuestVectors(user, storage, (int)total);
        return Errno.None;
    }

    /// <summary>Copies out of the guest.</summary>
    /// <param name="offset">Bytes of the run to pass over.</param>
    /// <param name="destination">At most the bytes that follow.</param>
    /// <returns>False is EFAULT.</returns>
    internal bool TryGather(int offset, Span<byte> destination)
    {
        var skip = (ulong)offset;
        foreach (var vector in vectors)
        {
            if (destination.IsEmpty)
            {
                break;
            }

            if (skip >= vector.Length)
            {
                skip -= vector.Length;
                continue;
            }

            var count = (int)Math.Min(vector.Length - skip, (ulong)destination.Length);
            if (!user.TryRead(vector.Address + skip, destination[..count]))
            {
                return false;
            }

            destination = destination[count..];
            skip = 0;
        }

        return destination.IsEmpty;
    }

    /// <summary>Copies into the guest; see <see cref="TryGather"/>.</summary>
    internal bool TryScatter(int offset, ReadOnlySpan<byte> source)
    {
        var skip = (ulong)offset;
        foreach (var vector in vectors)
        {
            if (source.IsEmpty)
            {
                break;
            }

            if (skip >= vector.Length)
            {
                skip -= vector.Length;
                continue;
            }

            var count = (int)Math.Min(vector.Length - skip, (ulong)source.Length);
            if (!user.TryWrite(vector.Address + skip, source[..count]))
            {
                return false;
            }

            source = source[count..];
            skip = 0;
        }

        return source.IsEmpty;
    }
}
