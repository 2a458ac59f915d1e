using System.Buffers.Binary;
using Vee.Machines.State;

namespace Vee.Machines.Tests.Linux;

/// <summary>Changes values inside a machine state and makes its checksums right again, as an attacker would.</summary>
internal static class StateTampering
{
    /// <summary>Changes one integer or one byte of a value.</summary>
    internal static byte[] ChangeOneValue(byte[] state, Random random)
    {
        var changed = (byte[])state.Clone();
        var values = new List<(int Offset, int Length, bool IsInteger)>();
        Walk(changed, values, fix: false);
        var (offset, length, isInteger) = values[random.Next(values.Count)];
        if (isInteger)
        {
            var before = BinaryPrimitives.ReadUInt64LittleEndian(changed.AsSpan(offset));
            ulong[] candidates =
                [
                    0, 1, before + 1, before - 1, ulong.MaxValue, long.MaxValue, 1UL << random.Next(64),
                    (ulong)random.Next(40),
                ];
            BinaryPrimitives.WriteUInt64LittleEndian(changed.AsSpan(offset),
                candidates[random.Next(candidates.Length)]);
        }
        else if (length > 0)
        {
            changed[offset + random.Next(length)] = (byte)random.Next(256);
        }

        Walk(changed, [], fix: true);
        return changed;
    }

    private static void Walk(byte[] state, List<(int Offset, int Length, bool IsInteger)> values, bool fix)
    {
        var at = StateFormat.Magic.Length + sizeof(uint);
        while (at < state.Length)
        {
            var field = (StateField)state[at];
            at += 2 + state[at + 1];
            switch (field)
            {
                case StateField.UInt64 or StateField.Int64:
                    values.Add((at, sizeof(ulong), true));
                    at += sizeof(ulong);
                    break;
                case StateField.Bytes or StateField.Text:
                    var length = BinaryPrimitives.ReadInt32LittleEndian(state.AsSpan(at));
                    values.Add((at + sizeof(int), length, false));
                    at += sizeof(int) + length;
                    break;
                case StateField.SectionEnd or StateField.End:
                    if (fix)
                    {
                        BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(at),
                            StateChecksum.Append(0, state.AsSpan(0, at)));
                    }

                    at += sizeof(uint);
                    break;
                default:
                    at += sizeof(uint);
                    break;
            }
        }
    }
}
