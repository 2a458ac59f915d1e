using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux;

/// <summary>Guest memory as system calls see it: every access is checked, and a failure means EFAULT.</summary>
internal sealed class UserMemory(GuestMemory memory)
{
    /// <summary>PATH_MAX: the bytes of a path including its terminator.</summary>
    internal const int PathBytesMax = 4096;

    /// <summary>The longest single transfer (MAX_RW_COUNT): larger counts are cut to it, as Linux does.</summary>
    internal const ulong TransferBytesMax = 0x7ffff000;

    /// <summary>Whether a copy into the guest has found RAM to be full: the process then ends, as by an OOM
    /// killer.</summary>
    internal bool IsOutOfMemory { get; private set; }

    internal bool TryRead(ulong address, Span<byte> destination) =>
        memory.TryRead(address, destination) == AccessFault.None;

    internal bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        var fault = memory.TryWrite(address, source);
        IsOutOfMemory |= fault == AccessFault.OutOfMemory;
        return fault == AccessFault.None;
    }

    /// <summary>Reads a structure laid out as the guest's (both sides are little-endian, 64-bit).</summary>
    internal bool TryRead<T>(ulong address, out T value)
        where T : unmanaged
    {
        value = default;
        return TryRead(address, MemoryMarshal.AsBytes(new Span<T>(ref value)));
    }

    internal bool TryWrite<T>(ulong address, in T value)
        where T : unmanaged =>
        TryWrite(address, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    internal bool TryReadUInt32(ulong address, out uint value) => TryRead(address, out value);

    internal bool TryReadUInt64(ulong address, out ulong value) => TryRead(address, out value);

    internal bool TryWriteUInt32(ulong address, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return TryWrite(address, bytes);
    }

    /// <summary>Stores a word if it still is what was read of it; a hart may have stored to it since.</summary>
    /// <param name="address">A multiple of 4.</param>
    /// <param name="word">What was read; what is there now when it is something else.</param>
    /// <param name="desired">What is stored.</param>
    /// <param name="isStored">Whether it was; if not, look at the word again.</param>
    /// <returns>False for EFAULT.</returns>
    internal bool TryReplaceUInt32(ulong address, ref uint word, uint desired, out bool isStored)
    {
        var fault = memory.TryCompareExchange(address, word, desired, out var found);
        IsOutOfMemory |= fault == AccessFault.OutOfMemory;
        isStored = fault == AccessFault.None && found == word;
        word = found;
        return fault == AccessFault.None;
    }

    internal bool TryWriteUInt64(ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return TryWrite(address, bytes);
    }

    /// <summary>Reads zero-terminated bytes; each guest byte is one character (Latin-1), so any path
    /// survives.</summary>
    /// <returns>None, EFAULT, or ENAMETOOLONG when no zero is found within <paramref name="bytesMax"/>.</returns>
    internal Errno TryReadText(ulong address, out string text, int bytesMax = PathBytesMax)
    {
        text = "";
        Span<byte> buffer = stackalloc byte[256];
        var builder = new StringBuilder();
        while (builder.Length < bytesMax)
        {
            // A read never crosses into the next page before the terminator is known not to be in this one.
            var inPage = PageNumber.Bytes - (int)(address & (PageNumber.Bytes - 1));
            var part = buffer[..Math.Min(Math.Min(buffer.Length, inPage), bytesMax - builder.Length)];
            if (!TryRead(address, part))
            {
                return Errno.EFAULT;
            }

            var length = part.IndexOf((byte)0);
            builder.Append(Encoding.Latin1.GetString(length < 0 ? part : part[..length]));
            if (length >= 0)
            {
                text = builder.ToString();
                return Errno.None;
            }

            address += (ulong)part.Length;
        }

        return Errno.ENAMETOOLONG;
    }
}
