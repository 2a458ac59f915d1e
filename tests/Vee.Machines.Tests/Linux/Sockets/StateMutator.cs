using System.Buffers.Binary;
using Vee.Machines.State;

namespace Vee.Machines.Tests.Linux.Sockets;

/// <summary>Changes numbers in a saved machine and makes its checksums right again: a state that lies well.</summary>
internal static class StateMutator
{
    private const int HeaderBytes = 12;

    internal static byte[] Mutate(byte[] saved, Random random, int changes)
    {
        var bytes = saved.ToArray();
        List<int> numbers = [];
        Walk(bytes, (field, value) =>
        {
            if (field is StateField.UInt64 or StateField.Int64)
            {
                numbers.Add(value);
            }
        });
        for (; changes > 0; changes--)
        {
            var at = bytes.AsSpan(numbers[random.Next(numbers.Count)]);
            var old = BinaryPrimitives.ReadInt64LittleEndian(at);
            BinaryPrimitives.WriteInt64LittleEndian(at, random.Next(7) switch
            {
                0 => old + 1,
                1 => old - 1,
                2 => 0,
                3 => random.NextInt64(),
                4 => random.Next(20),
                5 => 1 - old,
                _ => old ^ (1L << random.Next(63)),
            });
        }

        Walk(bytes, (field, value) =>
        {
            if (field is StateField.SectionEnd or StateField.End)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(
                    bytes.AsSpan(value), StateChecksum.Append(0, bytes.AsSpan(0, value)));
            }
        });
        return bytes;
    }

    private static void Walk(byte[] bytes, Action<StateField, int> visit)
    {
        for (var position = HeaderBytes; position < bytes.Length;)
        {
            var field = (StateField)bytes[position];
            position += 2 + bytes[position + 1];
            visit(field, position);
            position += field switch
            {
                StateField.UInt64 or StateField.Int64 => sizeof(ulong),
                StateField.Bytes or StateField.Text =>
                    sizeof(uint) + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(position)),
                _ => sizeof(uint),
            };
        }
    }
}
