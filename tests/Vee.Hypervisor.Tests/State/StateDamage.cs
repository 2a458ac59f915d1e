using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Vee.Hypervisor.Tests.State;

/// <summary>States that somebody has changed, as an attacker would.</summary>
internal static class StateDamage
{
    /// <summary>Changes the number of a field and puts the checksums right.</summary>
    /// <param name="state">What was saved.</param>
    /// <param name="field">The field's name.</param>
    /// <param name="which">Which of the fields of that name, from 0.</param>
    /// <param name="value">What it is then.</param>
    /// <returns>False when there are not so many.</returns>
    public static bool Change(byte[] state, string field, int which, long value)
    {
        var at = "VEESTATE"u8.Length + 4;
        var crc = Crc(0, state.AsSpan(0, at));
        var found = false;
        while (at < state.Length)
        {
            var start = at;
            var type = state[at];
            var name = Encoding.UTF8.GetString(state, at + 2, state[at + 1]);
            at += 2 + state[at + 1];
            switch (type)
            {
                case 1 or 2:
                    if (name == field && which-- == 0)
                    {
                        BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(at), value);
                        found = true;
                    }

                    at += 8;
                    break;
                case 3 or 4:
                    at += 4 + BinaryPrimitives.ReadInt32LittleEndian(state.AsSpan(at));
                    break;
                case 5 or 7:
                    at += 4;
                    break;
                case 6 or 8:
                    crc = Crc(crc, state.AsSpan(start, at - start));
                    start = at;
                    BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(at), crc);
                    at += 4;
                    break;
                default:
                    throw new InvalidOperationException($"type {type}");
            }

            crc = Crc(crc, state.AsSpan(start, at - start));
        }

        return found;
    }

    private static uint Crc(uint checksum, ReadOnlySpan<byte> bytes)
    {
        var crc = ~checksum;
        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
