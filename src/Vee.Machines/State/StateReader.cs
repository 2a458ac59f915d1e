using System.Buffers.Binary;
using System.Text;

namespace Vee.Machines.State;

/// <summary>
/// Reads a machine state field by field, each against the name, type and bounds that the caller expects.
/// Whatever differs is refused with the path of the field; nothing is allocated on the word of a length
/// that the caller has not bounded.
/// </summary>
public sealed class StateReader
{
    private readonly IStateSource source;
    private readonly byte[] buffer = new byte[64 * 1024];
    private readonly Stack<string> path = new();
    private int position;
    private int end;
    private uint checksum;

    /// <summary>Begins to read.</summary>
    /// <exception cref="StateRefusedException">The source does not start like a machine state of this
    /// version.</exception>
    public StateReader(IStateSource source)
    {
        this.source = source;
        Span<byte> magic = stackalloc byte[StateFormat.Magic.Length];
        Take(magic, "magic");
        if (!magic.SequenceEqual(StateFormat.Magic))
        {
            throw Refuse("magic", "this is not a machine state");
        }

        var version = TakeUInt32("version");
        if (version != StateFormat.Version)
        {
            throw Refuse("version", $"format version {version}, this program reads {StateFormat.Version}");
        }
    }

    /// <summary>Reads an unsigned number up to a maximum.</summary>
    public ulong UInt64(string name, ulong maximum = ulong.MaxValue)
    {
        TakeHead(StateField.UInt64, name);
        var value = TakeUInt64(name);
        return value <= maximum ? value : throw Refuse(name, $"{value} is above the limit of {maximum}");
    }

    /// <summary>Reads a number within bounds.</summary>
    public long Int64(string name, long minimum = long.MinValue, long maximum = long.MaxValue)
    {
        TakeHead(StateField.Int64, name);
        var value = (long)TakeUInt64(name);
        return value >= minimum && value <= maximum
            ? value
            : throw Refuse(name, $"{value} is outside {minimum}..{maximum}");
    }

    /// <summary>Reads a number of 32 bits within bounds.</summary>
    public int Int32(string name, int minimum = int.MinValue, int maximum = int.MaxValue) =>
        (int)Int64(name, minimum, maximum);

    /// <summary>Reads yes or no.</summary>
    public bool Boolean(string name) => UInt64(name, 1) != 0;

    /// <summary>Reads bytes whose count must be exactly the destination's.</summary>
    public void Bytes(string name, Span<byte> destination)
    {
        TakeHead(StateField.Bytes, name);
        var length = TakeUInt32(name);
        if (length != destination.Length)
        {
            throw Refuse(name, $"{length} bytes, {destination.Length} expected");
        }

        Take(destination, name);
    }

    /// <summary>Reads bytes of any count that fits into a buffer.</summary>
    /// <returns>The count.</returns>
    public int BytesInto(string name, byte[] buffer)
    {
        TakeHead(StateField.Bytes, name);
        var length = TakeUInt32(name);
        if (length > buffer.Length)
        {
            throw Refuse(name, $"{length} bytes, the limit is {buffer.Length}");
        }

        Take(buffer.AsSpan(0, (int)length), name);
        return (int)length;
    }

    /// <summary>Reads bytes of any count up to a maximum.</summary>
    public byte[] Bytes(string name, int lengthMax)
    {
        TakeHead(StateField.Bytes, name);
        return TakeBounded(name, lengthMax);
    }

    /// <summary>Reads a text of at most so many bytes of UTF-8.</summary>
    public string Text(string name, int bytesMax = 4096)
    {
        TakeHead(StateField.Text, name);
        return Encoding.UTF8.GetString(TakeBounded(name, bytesMax));
    }

    /// <summary>Reads a section written by <see cref="StateWriter.Section"/> and checks its checksum.</summary>
    public void Section(string name, uint version, Action<StateReader> read)
    {
        TakeHead(StateField.Section, name);
        var found = TakeUInt32(name);
        if (found != version)
        {
            throw Refuse(name, $"section version {found}, this program reads {version}");
        }

        if (path.Count >= StateFormat.DepthMax)
        {
            throw Refuse(name, "nested too deep");
        }

        path.Push(name);
        read(this);
        path.Pop();
        TakeHead(StateField.SectionEnd, name);
        CheckChecksum(name);
    }

    /// <summary>Reads a list; the count is checked before the first item.</summary>
    public void List(string name, int countMax, Action<StateReader, int> read)
    {
        TakeHead(StateField.List, name);
        var count = TakeUInt32(name);
        if (count > countMax)
        {
            throw Refuse(name, $"{count} items, the limit is {countMax}");
        }

        for (var index = 0; index < count; index++)
        {
            path.Push($"{name}[{index}]");
            read(this, index);
            path.Pop();
        }
    }

    /// <summary>Checks that the state ends here, whole.</summary>
    public void Complete()
    {
        TakeHead(StateField.End, "end");
        CheckChecksum("end");
        Span<byte> more = stackalloc byte[1];
        if (position < end || source.Read(more) != 0)
        {
            throw Refuse("end", "bytes follow the end of the state");
        }
    }

    /// <summary>A refusal that names a field of the current section.</summary>
    public StateRefusedException Refuse(string name, string reason) =>
        new(string.Join('.', path.Reverse().Append(name)), reason);

    private void CheckChecksum(string name)
    {
        var expected = checksum;
        var found = TakeUInt32(name);
        if (found != expected)
        {
            throw Refuse(name, $"checksum 0x{found:x8}, 0x{expected:x8} expected: the state is damaged");
        }
    }

    private void TakeHead(StateField field, string name)
    {
        Span<byte> head = stackalloc byte[2];
        Take(head, name);
        Span<byte> found = stackalloc byte[StateFormat.NameBytesMax];
        found = found[..head[1]];
        Take(found, name);
        if (head[0] != (byte)field || !found.SequenceEqual(Encoding.UTF8.GetBytes(name)))
        {
            throw Refuse(name, $"expected a {field} here, found type {head[0]} named '{Printable(found)}'");
        }
    }

    private static string Printable(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder();
        foreach (var value in name[..Math.Min(name.Length, 40)])
        {
            text.Append(value is >= 0x20 and < 0x7f ? (char)value : '?');
        }

        return text.ToString();
    }

    private byte[] TakeBounded(string name, int lengthMax)
    {
        var length = TakeUInt32(name);
        if (length > lengthMax)
        {
            throw Refuse(name, $"{length} bytes, the limit is {lengthMax}");
        }

        // Grown as bytes arrive, so that a truncated state cannot make us allocate what it never holds.
        var bytes = new byte[Math.Min(length, 1 << 20)];
        for (var taken = 0; taken < length;)
        {
            if (taken == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(length, 2L * bytes.Length));
            }

            Take(bytes.AsSpan(taken), name);
            taken = bytes.Length;
        }

        return bytes;
    }

    private uint TakeUInt32(string name)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Take(bytes, name);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private ulong TakeUInt64(string name)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Take(bytes, name);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private void Take(Span<byte> destination, string name)
    {
        var rest = destination;
        while (!rest.IsEmpty)
        {
            if (position == end)
            {
                if (rest.Length >= buffer.Length)
                {
                    // Pages go straight to where they belong.
                    var direct = source.Read(rest);
                    if (direct == 0)
                    {
                        throw Refuse(name, "the state ends here, truncated");
                    }

                    rest = rest[direct..];
                    continue;
                }

                position = 0;
                end = source.Read(buffer);
                if (end == 0)
                {
                    throw Refuse(name, "the state ends here, truncated");
                }
            }

            var count = Math.Min(rest.Length, end - position);
            buffer.AsSpan(position, count).CopyTo(rest);
            position += count;
            rest = rest[count..];
        }

        checksum = StateChecksum.Append(checksum, destination);
    }
}
