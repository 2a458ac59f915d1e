using System.Buffers.Binary;
using Vee.Machines.State;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.State;

/// <summary>A damaged state is always refused, always with the field, never with anything but a refusal.</summary>
public sealed class StateCorruptionTests
{
    private const int MutationCount = 100_000;

    /// <summary>CRC-32C of each byte, bit by bit from its polynomial (RFC 3720, appendix B.4).</summary>
    private static readonly uint[] ChecksumOfByte =
    [
        .. Enumerable.Range(0, 256).Select(value => Enumerable.Range(0, 8).Aggregate(
            (uint)value, (crc, _) => (crc & 1) != 0 ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1)),
    ];

    /// <summary>Where the sample has the checksum of everything before.</summary>
    private static readonly int[] ChecksumOffsets =
    [
        .. Enumerable.Range(12, SampleState.Bytes.Length - 15).Where(at =>
            BinaryPrimitives.ReadUInt32LittleEndian(SampleState.Bytes.AsSpan(at))
                == Checksum(SampleState.Bytes.AsSpan(0, at))),
    ];

    [Fact]
    public void State_with_any_byte_changed_is_refused()
    {
        for (var index = 0; index < SampleState.Bytes.Length; index++)
        {
            foreach (var change in new byte[] { 1, 2, 4, 8, 16, 32, 64, 128, 255 })
            {
                byte[] bytes = [.. SampleState.Bytes];
                bytes[index] ^= change;
                AssertRefused(bytes, $"byte {index} ^ {change}");
            }
        }
    }

    [Fact]
    public void State_cut_anywhere_is_refused_as_truncated()
    {
        for (var length = 0; length < SampleState.Bytes.Length; length++)
        {
            var refusal = AssertRefused(SampleState.Bytes[..length], $"cut to {length}");
            Assert.Equal("the state ends here, truncated", refusal.Reason);
        }
    }

    [Fact]
    public void State_with_bytes_after_its_end_is_refused()
    {
        var refusal = AssertRefused([.. SampleState.Bytes, 0], "longer");

        Assert.Equal("end", refusal.Field);
    }

    [Fact]
    public void State_mutated_in_any_way_is_refused()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"VEE_TEST_SEED={TestSeed.Value}");
        var random = new Random(TestSeed.Value);
        for (var index = 0; index < MutationCount; index++)
        {
            var bytes = Mutate(random, SampleState.Bytes);
            if (!bytes.AsSpan().SequenceEqual(SampleState.Bytes))
            {
                AssertRefused(bytes, $"VEE_TEST_SEED={TestSeed.Value}, mutation {index}");
            }
        }
    }

    [Fact]
    public void State_whose_checksums_were_made_right_again_is_read_or_refused()
    {
        // An attacker can compute a checksum: everything behind it has to hold on its own.
        TestContext.Current.TestOutputHelper?.WriteLine($"VEE_TEST_SEED={TestSeed.Value}");
        var random = new Random(TestSeed.Value);
        var refused = 0;
        Assert.Equal(5, ChecksumOffsets.Length);
        for (var index = 0; index < MutationCount; index++)
        {
            byte[] bytes = [.. SampleState.Bytes];
            for (var count = random.Next(1, 4); count > 0; count--)
            {
                bytes[random.Next(12, bytes.Length)] = (byte)random.Next(256);
            }

            refused += TryRead(Resealed(bytes)) is null ? 0 : 1;
        }

        Assert.InRange(refused, MutationCount / 2, MutationCount);
    }

    [Theory]
    [InlineData(false, uint.MaxValue)]
    [InlineData(false, 0x7FFF_FFFF)]
    [InlineData(true, uint.MaxValue)]
    [InlineData(true, 0x4000_0000)]
    public void Length_beyond_its_limit_is_refused_before_anything_is_allocated(bool isText, uint length)
    {
        var reader = new StateReader(
            StateBuffer.Endless(Head(isText ? StateField.Text : StateField.Bytes, length)));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<StateRefusedException>(() =>
        {
            if (isText)
            {
                reader.Text("x");
            }
            else
            {
                reader.Bytes("x", 1_000_000);
            }
        });

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Length_within_its_limit_allocates_only_as_bytes_arrive()
    {
        // Two gigabytes are promised and allowed; three hundred bytes come.
        var reader = new StateReader(StateBuffer.Source([.. Head(StateField.Bytes, 0x7FFF_FFFF), .. new byte[300]]));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var refusal = Assert.Throws<StateRefusedException>(() => reader.Bytes("x", int.MaxValue));

        Assert.Equal("the state ends here, truncated", refusal.Reason);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void List_longer_than_its_limit_is_refused_before_its_first_item()
    {
        var reader = new StateReader(StateBuffer.Endless(Head(StateField.List, uint.MaxValue)));

        var refusal = Assert.Throws<StateRefusedException>(() =>
            reader.List("x", 10, (_, _) => throw new InvalidOperationException("An item was read.")));

        Assert.Equal("4294967295 items, the limit is 10", refusal.Reason);
    }

    private static byte[] Head(StateField field, uint length)
    {
        byte[] bytes = [.. StateFormat.Magic, 1, 0, 0, 0, (byte)field, 1, (byte)'x', 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), length);
        return bytes;
    }

    private static byte[] Mutate(Random random, byte[] original)
    {
        List<byte> bytes = [.. original];
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var at = random.Next(bytes.Count);
            var length = random.Next(1, Math.Min(40, bytes.Count - at + 1));
            switch (random.Next(6))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveRange(at, length); break;
                case 2: bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length)); break;
                case 3: bytes.Insert(at, (byte)random.Next(256)); break;
                case 4: bytes[at] = random.Next(2) == 0 ? (byte)0 : byte.MaxValue; break;
                default: bytes.Reverse(at, length); break;
            }

            if (bytes.Count == 0)
            {
                break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Writes checksums where the sample has them; damage elsewhere may have moved none of them.</summary>
    private static byte[] Resealed(byte[] bytes)
    {
        foreach (var end in ChecksumOffsets)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(end), Checksum(bytes.AsSpan(0, end)));
        }

        return bytes;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = (crc >> 8) ^ ChecksumOfByte[(byte)(crc ^ value)];
        }

        return ~crc;
    }

    private static StateRefusedException AssertRefused(byte[] bytes, string what)
    {
        var refusal = TryRead(bytes);
        Assert.True(refusal is not null, $"{what} was read.");
        Assert.NotEmpty(refusal.Field);
        Assert.NotEmpty(refusal.Reason);
        return refusal;
    }

    private static StateRefusedException? TryRead(byte[] bytes)
    {
        try
        {
            SampleState.Read(StateBuffer.Source(bytes));
            return null;
        }
        catch (StateRefusedException refusal)
        {
            return refusal;
        }
    }
}
