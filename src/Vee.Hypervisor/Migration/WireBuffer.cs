using System.Buffers;

namespace Vee.Hypervisor.Migration;

/// <summary>Bytes that grow: numbers as LEB128, signed ones zigzag before.</summary>
internal sealed class WireBuffer
{
    private readonly ArrayBufferWriter<byte> bytes = new();

    public int Length => bytes.WrittenCount;

    public ReadOnlySpan<byte> Written => bytes.WrittenSpan;

    public void Clear() => bytes.ResetWrittenCount();

    public void Byte(byte value)
    {
        bytes.GetSpan(1)[0] = value;
        bytes.Advance(1);
    }

    public void Bytes(ReadOnlySpan<byte> value) => bytes.Write(value);

    public void Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            Byte((byte)((value & 0x7F) | 0x80));
        }

        Byte((byte)value);
    }

    public void Signed(long value) => Number(unchecked((ulong)((value << 1) ^ (value >> 63))));
}

/// <summary>Reads what a <see cref="WireBuffer"/> wrote, or anything else: then it fails, and reads zeros.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private const int ShiftMax = 63;

    private readonly ReadOnlySpan<byte> bytes = bytes;

    public int Position { get; private set; }

    public bool HasFailed { get; private set; }

    public readonly int Left => bytes.Length - Position;

    public byte Byte()
    {
        if (Left == 0)
        {
            HasFailed = true;
            return 0;
        }

        return bytes[Position++];
    }

    public ulong Number(ulong maximum = ulong.MaxValue)
    {
        var value = 0UL;
        for (var shift = 0; shift <= ShiftMax; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                HasFailed |= value > maximum;
                return HasFailed ? 0 : value;
            }
        }

        HasFailed = true;
        return 0;
    }

    public long Signed()
    {
        var value = Number();
        return unchecked((long)(value >> 1) ^ -(long)(value & 1));
    }

    public void Skip(int count)
    {
        if (count > Left)
        {
            HasFailed = true;
            count = Left;
        }

        Position += count;
    }
}
