using System.Buffers;
using Vee.Machines.State;

namespace Vee.Hypervisor.Tests.State;

/// <summary>States in memory.</summary>
internal static class MemoryState
{
    public static byte[] Of(Action<StateWriter> save)
    {
        var sink = new Sink();
        var writer = new StateWriter(sink);
        save(writer);
        writer.Complete();
        return sink.Bytes.WrittenSpan.ToArray();
    }

    /// <summary>What is written to a sink.</summary>
    public static byte[] Written(Action<IStateSink> save)
    {
        var sink = new Sink();
        save(sink);
        return sink.Bytes.WrittenSpan.ToArray();
    }

    public static IStateSource From(byte[] state) => new Source(state);

    public static void Read(byte[] state, Action<StateReader> restore)
    {
        var reader = new StateReader(new Source(state));
        restore(reader);
        reader.Complete();
    }

    private sealed class Sink : IStateSink
    {
        public ArrayBufferWriter<byte> Bytes { get; } = new();

        public void Write(ReadOnlySpan<byte> bytes) => Bytes.Write(bytes);
    }

    private sealed class Source(byte[] state) : IStateSource
    {
        private int position;

        public int Read(Span<byte> destination)
        {
            var count = Math.Min(destination.Length, state.Length - position);
            state.AsSpan(position, count).CopyTo(destination);
            position += count;
            return count;
        }
    }
}
