using System.Runtime.InteropServices;
using Vee.Machines.State;

namespace Vee.Hypervisor.Migration;

/// <summary>A short state in memory.</summary>
internal sealed class MessageBytes : IStateSink, IStateSource
{
    private readonly List<byte> content = [];
    private int position;

    public MessageBytes()
    {
    }

    public MessageBytes(ReadOnlyMemory<byte> content) => this.content.AddRange(content.Span);

    public byte[] ToArray() => [.. content];

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes) => content.AddRange(bytes);

    /// <inheritdoc/>
    public int Read(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, content.Count - position);
        CollectionsMarshal.AsSpan(content).Slice(position, count).CopyTo(destination);
        position += count;
        return count;
    }
}
