using Vee.Machines.State;

namespace Vee.Hypervisor.Guests;

/// <summary>A machine's state as pieces within the state of its host.</summary>
internal sealed class StateList : IStateSink, IStateSource
{
    /// <summary>Bytes of a piece at most.</summary>
    public const int PieceBytesMax = 1 << 20;

    /// <summary>Pieces at most: 64 GiB.</summary>
    public const int PieceCountMax = 1 << 16;

    private int piece;
    private int position;

    /// <summary>The bytes, in order.</summary>
    public List<byte[]> Pieces { get; } = [];

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var count = Math.Min(bytes.Length, PieceBytesMax);
            Pieces.Add(bytes[..count].ToArray());
            bytes = bytes[count..];
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> destination)
    {
        while (piece < Pieces.Count && position == Pieces[piece].Length)
        {
            piece++;
            position = 0;
        }

        if (piece == Pieces.Count)
        {
            return 0;
        }

        var count = Math.Min(destination.Length, Pieces[piece].Length - position);
        Pieces[piece].AsSpan(position, count).CopyTo(destination);
        position += count;
        return count;
    }
}
