using System.Numerics;
using Vee.Machines.State;

namespace Vee.Machines.Networking;

/// <summary>
/// A queue of bytes in one array that grows to what it has held at most; after that nothing is allocated. Whoever
/// writes keeps within the limit it has promised: the ring itself has none but <see cref="BytesMax"/>.
/// </summary>
internal sealed class ByteRing
{
    /// <summary>Bytes that a ring holds at most: 16 MiB.</summary>
    internal const int BytesMax = 16 << 20;

    private const int FirstBytes = 1024;

    private byte[] bytes = [];
    private int start;

    /// <summary>Bytes that wait.</summary>
    internal int Count { get; private set; }

    /// <summary>Adds bytes at the end.</summary>
    internal void Write(ReadOnlySpan<byte> source)
    {
        Reserve(checked(Count + source.Length));
        var end = start + Count & bytes.Length - 1;
        var first = Math.Min(source.Length, bytes.Length - end);
        source[..first].CopyTo(bytes.AsSpan(end));
        source[first..].CopyTo(bytes);
        Count += source.Length;
    }

    /// <summary>Copies bytes from <paramref name="offset"/> on without removing them.</summary>
    /// <returns>Bytes copied: fewer than asked for when fewer wait.</returns>
    internal int CopyTo(int offset, Span<byte> destination)
    {
        var count = Math.Min(destination.Length, Math.Max(0, Count - offset));
        if (count == 0)
        {
            return 0;
        }

        var from = start + offset & bytes.Length - 1;
        var first = Math.Min(count, bytes.Length - from);
        bytes.AsSpan(from, first).CopyTo(destination);
        bytes.AsSpan(0, count - first).CopyTo(destination[first..]);
        return count;
    }

    /// <summary>Removes bytes from the front.</summary>
    internal void Skip(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count -= count;
        start = Count == 0 ? 0 : start + count & bytes.Length - 1;
    }

    /// <summary>Forgets everything and gives the array back.</summary>
    internal void Clear()
    {
        bytes = [];
        start = 0;
        Count = 0;
    }

    internal void Save(string name, StateWriter state)
    {
        var whole = new byte[Count];
        CopyTo(0, whole);
        state.Bytes(name, whole);
    }

    internal void Restore(string name, StateReader state, int bytesMax)
    {
        Clear();
        Write(state.Bytes(name, bytesMax));
    }

    private void Reserve(int count)
    {
        if (count <= bytes.Length)
        {
            return;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, BytesMax);
        var grown = new byte[Math.Max(FirstBytes, (int)BitOperations.RoundUpToPowerOf2((uint)count))];
        CopyTo(0, grown);
        bytes = grown;
        start = 0;
    }
}
