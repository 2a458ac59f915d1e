using Vee.Machines.Isa;
using Vee.Machines.Tests.Isa;

namespace Vee.Machines.Tests.Execution;

/// <summary>How the target of an item enters its encoding.</summary>
internal enum ItemKind
{
    /// <summary>No target.</summary>
    Plain,

    /// <summary>A 32-bit branch or jump.</summary>
    Jump,

    /// <summary>A compressed branch or jump.</summary>
    CompressedJump,

    /// <summary>AUIPC of a register and JALR through it.</summary>
    Indirect,
}

/// <summary>A piece of a random program: one instruction, or two that belong together.</summary>
/// <param name="Kind">How it is encoded.</param>
/// <param name="Encoding">A plain item's encoding.</param>
/// <param name="Opcode">The branch or jump.</param>
/// <param name="Rd">Where a jump links.</param>
/// <param name="Rs1">A branch's first register, or what an indirect jump goes through.</param>
/// <param name="Rs2">A branch's second register.</param>
/// <param name="Target">The index of the item to go to; one past the last is the end.</param>
internal sealed record RandomItem(
    ItemKind Kind, uint Encoding, Opcode Opcode = Opcode.Illegal, int Rd = 0, int Rs1 = 0, int Rs2 = 0, int Target = 0)
{
    internal int Length => Kind switch
    {
        ItemKind.Plain => HartFixture.LengthOf(Encoding),
        ItemKind.CompressedJump => 2,
        ItemKind.Jump => 4,
        _ => 8,
    };

    /// <summary>Instructions in it.</summary>
    internal int Count => Kind == ItemKind.Indirect ? 2 : 1;

    /// <summary>The encodings, with the target at a distance in bytes.</summary>
    internal uint[] Encode(int distance) => Kind switch
    {
        ItemKind.Plain => [Encoding],
        ItemKind.Jump => [Assembler.Encode(Opcode, Rd, Rs1, Rs2, immediate: distance)],
        ItemKind.CompressedJump => [Compressed(distance)],
        _ =>
        [
            Assembler.Encode(Opcode.Auipc, Rs1, immediate: (distance + 0x800) & ~0xFFF),
            Assembler.Encode(Opcode.Jalr, Rd, Rs1, immediate: distance - ((distance + 0x800) & ~0xFFF)),
        ],
    };

    /// <summary>Encodes items one after the other.</summary>
    internal static List<uint> Encode(IReadOnlyList<RandomItem> items)
    {
        var offsets = new int[items.Count + 1];
        for (var index = 0; index < items.Count; index++)
        {
            offsets[index + 1] = offsets[index] + items[index].Length;
        }

        return [.. items.SelectMany((item, index) => item.Encode(offsets[item.Target] - offsets[index]))];
    }

    /// <summary>ISA manual, chapter "C": C.J, C.BEQZ and C.BNEZ.</summary>
    private uint Compressed(int distance)
    {
        uint Bit(int from, int to) => (uint)(distance >> from & 1) << to;
        if (Opcode == Opcode.Jal)
        {
            return 0xA001 | Bit(11, 12) | Bit(4, 11) | Bit(9, 10) | Bit(8, 9) | Bit(10, 8) | Bit(6, 7) | Bit(7, 6)
                | Bit(3, 5) | Bit(2, 4) | Bit(1, 3) | Bit(5, 2);
        }

        return (Opcode == Opcode.Beq ? 0xC001u : 0xE001u) | (uint)(Rs1 - 8) << 7
            | Bit(8, 12) | Bit(4, 11) | Bit(3, 10) | Bit(7, 6) | Bit(6, 5) | Bit(2, 4) | Bit(1, 3) | Bit(5, 2);
    }
}
