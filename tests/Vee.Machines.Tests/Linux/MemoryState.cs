using Vee.Machines.State;

namespace Vee.Machines.Tests.Linux;

/// <summary>A machine state in memory.</summary>
internal sealed class MemoryState : IStateSink, IStateSource
{
    private readonly List<byte> bytes = [];
    private int position;

    internal MemoryState()
    {
    }

    internal MemoryState(byte[] content) => bytes.AddRange(content);

    internal byte[] Content => [.. bytes];

    void IStateSink.Write(ReadOnlySpan<byte> bytes) => this.bytes.AddRange(bytes);

    public int Read(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, bytes.Count - position);
        bytes.GetRange(position, count).CopyTo(destination);
        position += count;
        return count;
    }

    internal static byte[] Of(Vee.Machines.Linux.ProcessMachine machine)
    {
        var state = new MemoryState();
        machine.Save(state);
        return state.Content;
    }

    internal static byte[] Save(Action<StateWriter> save)
    {
        var state = new MemoryState();
        var writer = new StateWriter(state);
        save(writer);
        writer.Complete();
        return state.Content;
    }

    internal static void Restore(byte[] content, Action<StateReader> restore)
    {
        var reader = new StateReader(new MemoryState(content));
        restore(reader);
        reader.Complete();
    }
}
