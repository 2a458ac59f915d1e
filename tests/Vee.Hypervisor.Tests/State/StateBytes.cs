using Vee.Machines.State;

namespace Vee.Hypervisor.Tests.State;

/// <summary>A saved state in memory.</summary>
internal sealed class StateBytes : IStateSink, IStateSource
{
    private readonly List<byte> bytes = [];
    private int position;

    public static StateBytes Of(Action<StateWriter> save)
    {
        var state = new StateBytes();
        var writer = new StateWriter(state);
        save(writer);
        writer.Complete();
        return state;
    }

    public void Read(Action<StateReader> restore)
    {
        position = 0;
        var reader = new StateReader(this);
        restore(reader);
        reader.Complete();
    }

    public void Write(ReadOnlySpan<byte> bytes) => this.bytes.AddRange(bytes);

    public int Read(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, bytes.Count - position);
        bytes.Slice(position, count).ToArray().CopyTo(destination);
        position += count;
        return count;
    }
}
