using System.Numerics;
using Vee.Machines.State;

namespace Vee.Machines.Networking;

/// <summary>
/// A queue of bytes in one array that grows to what it has held at most; after that nothing is allocated. Bytes may be
/// put behind a gap; they wait there until it is filled. Whoever writes keeps within the limit it has promised: the
/// ring itself has none but <see cref="BytesMax"/>.
/// </summary>
public sealed class ByteRing
{
    /// <summary>Bytes that a ring holds at most: 16 MiB.</summary>
    public const int BytesMax = 16 << 20;

    private const int FirstBytes = 1024;

    private byte[] bytes = [];
    private int start;

    // Bytes behind Count up to the last that has come early, gaps included.
    private int earlyCount;

    /// <summary>Bytes that wait, without those behind a gap.</summary>
    public int Count { get; private set; }

    /// <summary>Adds bytes at the end.</summary>
    public void Write(ReadOnlySpan<byte> source)
    {
        Put(0, source);
        Count += source.Length;
        earlyCount = Math.Max(0, earlyCount - source.Length);
    }

    /// <summary>Puts bytes behind a gap after the end.</summary>
    /// <param name="gap">Bytes that are to come before them.</param>
    /// <param name="source">The bytes.</param>
    public void WriteEarly(int gap, ReadOnlySpan<byte> source)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(gap);
        Put(gap, source);
        earlyCount = Math.Max(earlyCount, gap + source.Length);
    }

    /// <summary>The next bytes that have come early are no longer so: the gap before them is filled.</summary>
    public void AdmitEarly(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, earlyCount);
        Count += count;
        earlyCount -= count;
    }

    /// <summary>Forgets what is behind the gap.</summary>
    public void ForgetEarly() => earlyCount = 0;

    /// <summary>Copies bytes from <paramref name="offset"/> on without removing them.</summary>
    /// <returns>Bytes copied: fewer than asked for when fewer wait.</returns>
    public int CopyTo(int offset, Span<byte> destination) =>
        Read(offset, destination[..Math.Min(destination.Length, Math.Max(0, Count - offset))]);

    /// <summary>Removes bytes from the front.</summary>
    public void Skip(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count -= count;
        start = Count + earlyCount == 0 ? 0 : start + count & bytes.Length - 1;
    }

    /// <summary>Forgets everything and gives the array back.</summary>
    internal void Clear()
    {
        bytes = [];
        start = 0;
        earlyCount = 0;
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

    /// <summary>Copies bytes that came early.</summary>
    internal void CopyEarlyTo(int gap, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(gap + destination.Length, earlyCount);
        Read(Count + gap, destination);
    }

    private int Read(int offset, Span<byte> destination)
    {
        var count = destination.Length;
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

    private void Put(int gap, ReadOnlySpan<byte> source)
    {
        Reserve(checked(Count + gap + source.Length));
        var end = start + Count + gap & bytes.Length - 1;
        var first = Math.Min(source.Length, bytes.Length - end);
        source[..first].CopyTo(bytes.AsSpan(end));
        source[first..].CopyTo(bytes);
    }

    private void Reserve(int count)
    {
        if (count <= bytes.Length)
        {
            return;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, BytesMax);
        var grown = new byte[Math.Max(FirstBytes, (int)BitOperations.RoundUpToPowerOf2((uint)count))];
        Read(0, grown.AsSpan(0, Count + earlyCount));
        bytes = grown;
        start = 0;
    }
}
