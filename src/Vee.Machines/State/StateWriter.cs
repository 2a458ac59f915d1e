using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Vee.Machines.State;

/// <summary>Writes a machine state field by field; see <see cref="StateFormat"/>.</summary>
public sealed class StateWriter
{
    private readonly IStateSink sink;
    private readonly byte[] buffer = new byte[64 * 1024];
    private int buffered;
    private uint checksum;
    private int depth;

    /// <summary>Begins a state.</summary>
    public StateWriter(IStateSink sink)
    {
        this.sink = sink;
        Put(StateFormat.Magic);
        PutUInt32(StateFormat.Version);
    }

    /// <summary>Writes an unsigned number.</summary>
    public void UInt64(string name, ulong value)
    {
        PutHead(StateField.UInt64, name);
        PutUInt64(value);
    }

    /// <summary>Writes a number.</summary>
    public void Int64(string name, long value)
    {
        PutHead(StateField.Int64, name);
        PutUInt64((ulong)value);
    }

    /// <summary>Writes yes or no.</summary>
    public void Boolean(string name, bool value) => UInt64(name, value ? 1UL : 0UL);

    /// <summary>Writes bytes with their count.</summary>
    public void Bytes(string name, ReadOnlySpan<byte> value)
    {
        PutHead(StateField.Bytes, name);
        PutUInt32((uint)value.Length);
        Put(value);
    }

    /// <summary>Writes a text as UTF-8.</summary>
    public void Text(string name, string value)
    {
        PutHead(StateField.Text, name);
        var bytes = Encoding.UTF8.GetBytes(value);
        PutUInt32((uint)bytes.Length);
        Put(bytes);
    }

    /// <summary>Writes one named, versioned section.</summary>
    public void Section(string name, uint version, Action<StateWriter> write)
    {
        PutHead(StateField.Section, name);
        PutUInt32(version);
        depth++;
        write(this);
        depth--;
        PutHead(StateField.SectionEnd, name);
        PutUInt32(checksum);
    }

    /// <summary>Writes a list: its count, then each item's fields.</summary>
    public void List<T>(string name, IReadOnlyCollection<T> items, Action<StateWriter, T> write)
    {
        PutHead(StateField.List, name);
        PutUInt32((uint)items.Count);
        foreach (var item in items)
        {
            write(this, item);
        }
    }

    /// <summary>Ends the state and hands the last bytes to the sink.</summary>
    public void Complete()
    {
        if (depth != 0)
        {
            throw new InvalidOperationException("A section is still open.");
        }

        PutHead(StateField.End, "end");
        PutUInt32(checksum);
        Flush();
    }

    private void PutHead(StateField field, string name)
    {
        Span<byte> head = stackalloc byte[2 + StateFormat.NameBytesMax];
        var count = Encoding.UTF8.GetBytes(name, head[2..]);
        head[0] = (byte)field;
        head[1] = (byte)count;
        Put(head[..(2 + count)]);
    }

    private void PutUInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Put(bytes);
    }

    private void PutUInt64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Put(bytes);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        checksum = StateChecksum.Append(checksum, bytes);
        if (bytes.Length > buffer.Length - buffered)
        {
            Flush();
            if (bytes.Length >= buffer.Length)
            {
                sink.Write(bytes);
                return;
            }
        }

        bytes.CopyTo(buffer.AsSpan(buffered));
        buffered += bytes.Length;
    }

    private void Flush()
    {
        sink.Write(buffer.AsSpan(0, buffered));
        buffered = 0;
    }
}

/// <summary>CRC-32C (RFC 3720, appendix B.4), eight bytes a step.</summary>
internal static class StateChecksum
{
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        var crc = ~checksum;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
