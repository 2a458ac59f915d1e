using System.Buffers.Binary;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux;

/// <summary>
/// The buffers of system calls that move bytes: one chunk, and the guest segments of the current call with a position
/// in them. One call at a time uses it; it holds nothing between calls.
/// </summary>
internal sealed class TransferSpace(GuestMemory memory, UserMemory user)
{
    /// <summary>Bytes that are moved at once.</summary>
    internal const int ChunkBytes = 64 * 1024;

    /// <summary>UIO_MAXIOV.</summary>
    internal const int SegmentsMax = 1024;

    private const int SegmentBytes = 16;

    private readonly ulong[] addresses = new ulong[SegmentsMax];
    private readonly ulong[] lengths = new ulong[SegmentsMax];
    private int count;
    private int index;
    private ulong within;

    /// <summary>The chunk that bytes pass through.</summary>
    internal byte[] Chunk { get; } = new byte[ChunkBytes];

    /// <summary>What the current poll would wait for.</summary>
    internal Polling.WaitSet Waits { get; } = new();

    /// <summary>Bytes of the segments that the position has not passed.</summary>
    internal long Remaining { get; private set; }

    /// <summary>Takes one buffer; its length is cut to the longest transfer.</summary>
    internal void Load(ulong address, ulong length)
    {
        addresses[0] = address;
        lengths[0] = Math.Min(length, UserMemory.TransferBytesMax);
        Begin(1, (long)lengths[0]);
    }

    /// <summary>Takes an array of struct iovec; EINVAL for too many or for a sum beyond 2^63 - 1.</summary>
    internal Errno LoadVector(ulong address, ulong segments)
    {
        if (segments > SegmentsMax)
        {
            return Errno.EINVAL;
        }

        var table = Chunk.AsSpan(0, (int)segments * SegmentBytes);
        if (!user.TryRead(address, table))
        {
            return Errno.EFAULT;
        }

        var total = 0UL;
        for (var item = 0; item < (int)segments; item++)
        {
            addresses[item] = BinaryPrimitives.ReadUInt64LittleEndian(table[(item * SegmentBytes)..]);
            var length = BinaryPrimitives.ReadUInt64LittleEndian(table[((item * SegmentBytes) + 8)..]);
            if (length > long.MaxValue || length > long.MaxValue - total)
            {
                return Errno.EINVAL;
            }

            total += length;
            lengths[item] = length;
        }

        Begin((int)segments, (long)Math.Min(total, UserMemory.TransferBytesMax));
        return Errno.None;
    }

    /// <summary>Moves the position forward.</summary>
    internal void Skip(long bytes)
    {
        Remaining -= bytes;
        var left = (ulong)bytes;
        while (left > 0)
        {
            var part = Math.Min(left, lengths[index] - within);
            left -= part;
            Pass(part);
        }
    }

    /// <summary>Moves the position back.</summary>
    internal void Rewind(int bytes)
    {
        Remaining += bytes;
        var left = (ulong)bytes;
        while (left > within)
        {
            left -= within;
            within = lengths[--index];
        }

        within -= left;
    }

    /// <summary>Copies from the segments at the position and moves it.</summary>
    /// <returns>Bytes copied: fewer than asked for where the guest's memory cannot be read.</returns>
    internal int CopyIn(Span<byte> destination)
    {
        var done = 0;
        while (done < destination.Length && TryPart(destination.Length - done, out var address, out var part))
        {
            if (!user.TryRead(address, destination.Slice(done, part)))
            {
                break;
            }

            done += part;
            Pass((ulong)part);
            Remaining -= part;
        }

        return done;
    }

    /// <summary>Copies to the segments at the position and moves it.</summary>
    /// <returns>Bytes copied: fewer where the guest's memory cannot be written.</returns>
    internal int CopyOut(ReadOnlySpan<byte> source)
    {
        var done = 0;
        while (done < source.Length && TryPart(source.Length - done, out var address, out var part))
        {
            if (!user.TryWrite(address, source.Slice(done, part)))
            {
                break;
            }

            done += part;
            Pass((ulong)part);
            Remaining -= part;
        }

        return done;
    }

    /// <summary>
    /// How many of the next bytes can be written, so that nothing is taken from a pipe that then has no place to go.
    /// </summary>
    internal int CountWritable(int bytesMax)
    {
        var (savedIndex, savedWithin) = (index, within);
        var done = 0;
        while (done < bytesMax && TryPart(bytesMax - done, out var address, out var part) && IsWritable(address))
        {
            done += part;
            Pass((ulong)part);
        }

        (index, within) = (savedIndex, savedWithin);
        return done;
    }

    private bool IsWritable(ulong address) =>
        memory.ProtectionOf(PageNumber.Of(address)) is { } protection && (protection & Protection.Write) != 0
        && memory.TouchInCall(address, Access.Read) == AccessFault.None;

    // The next bytes that lie in one segment and one page.
    private bool TryPart(int bytesMax, out ulong address, out int part)
    {
        while (index < count && within == lengths[index])
        {
            index++;
            within = 0;
        }

        if (index == count)
        {
            address = 0;
            part = 0;
            return false;
        }

        address = addresses[index] + within;
        var inPage = PageNumber.Bytes - (address & (PageNumber.Bytes - 1));
        part = (int)Math.Min(Math.Min((ulong)bytesMax, lengths[index] - within), inPage);
        return true;
    }

    private void Pass(ulong bytes)
    {
        within += bytes;
        while (index < count && within == lengths[index])
        {
            index++;
            within = 0;
        }
    }

    private void Begin(int segments, long total)
    {
        count = segments;
        index = 0;
        within = 0;
        Remaining = total;
    }
}
