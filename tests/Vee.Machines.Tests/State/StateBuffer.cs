using System.Buffers;
using Vee.Machines.State;

namespace Vee.Machines.Tests.State;

/// <summary>A state in memory, to be written, changed and read again.</summary>
internal sealed class StateBuffer : IStateSink
{
    private readonly ArrayBufferWriter<byte> written = new();

    void IStateSink.Write(ReadOnlySpan<byte> bytes) => written.Write(bytes);

    /// <summary>The bytes of a state that is written by an action and completed.</summary>
    internal static byte[] Written(Action<StateWriter> write)
    {
        var buffer = new StateBuffer();
        var writer = new StateWriter(buffer);
        write(writer);
        writer.Complete();
        return buffer.written.WrittenSpan.ToArray();
    }

    /// <summary>A source that hands out pieces of at most so many bytes.</summary>
    internal static IStateSource Source(byte[] bytes, int pieceBytes = int.MaxValue) => new Pieces(bytes, pieceBytes);

    /// <summary>Bytes, then zeros without end: nothing that a length promises ever runs out.</summary>
    internal static IStateSource Endless(byte[] start) => new Zeros(start);

    private sealed class Pieces(byte[] bytes, int pieceBytes) : IStateSource
    {
        private int position;

        public int Read(Span<byte> destination)
        {
            var count = Math.Min(Math.Min(pieceBytes, destination.Length), bytes.Length - position);
            bytes.AsSpan(position, count).CopyTo(destination);
            position += count;
            return count;
        }
    }

    private sealed class Zeros(byte[] start) : IStateSource
    {
        private readonly Pieces pieces = new(start, int.MaxValue);

        public int Read(Span<byte> destination)
        {
            var count = pieces.Read(destination);
            if (count == 0)
            {
                destination.Clear();
            }

            return count == 0 ? destination.Length : count;
        }
    }
}
