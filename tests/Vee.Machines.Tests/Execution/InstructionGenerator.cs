using Vee.Machines.Isa;
using Vee.Machines.Tests.Isa;

namespace Vee.Machines.Tests.Execution;

/// <summary>
/// Random instructions that neither trap nor leave their scratch memory: x2, x8 and x9 point into it and x3 and x4
/// are the test's own, so none of these is a destination.
/// </summary>
internal sealed class InstructionGenerator
{
    internal const int ScratchBytes = 1536;
    private const int PointerOffsetMax = 512;
    private const int FloatControl = 3, FloatRounding = 2, FloatFlags = 1;

    private static readonly int[] Pointers = [2, 8, 9];
    private static readonly int[] Destinations = [0, 1, 5, 6, 7, .. Enumerable.Range(10, 22)];
    private static readonly int[] RoundingModes = [0, 1, 2, 3, 4, 7];

    /// <summary>Everything that goes on to the next instruction and does not trap.</summary>
    private static readonly Opcode[] Plain = [.. Enum.GetValues<Opcode>().Where(opcode => opcode is
        not (Opcode.Illegal or Opcode.Ecall or Opcode.Ebreak or (>= Opcode.Jal and <= Opcode.Bgeu) or >= Opcode.Sret))];

    private static readonly Opcode[] FloatOpcodes =
        [.. Plain.Where(opcode => opcode is >= Opcode.Flw and <= Opcode.FmvDX)];

    private readonly Random random;
    private readonly int[] pointerOffsets;
    private readonly int reservationPointerBytes;

    internal InstructionGenerator(Random random)
    {
        this.random = random;

        // Distinct doublewords, so that one reservation is never asked for in two sizes: what then happens is
        // the implementation's choice.
        pointerOffsets = [.. Enumerable.Range(0, PointerOffsetMax / 8).OrderBy(_ => random.Next()).Take(3)
            .Select(i => i * 8)];
        reservationPointerBytes = random.Next(8);
    }

    /// <summary>Offsets into the scratch memory of x2, x8 and x9.</summary>
    internal IEnumerable<(int Register, int Offset)> PointerOffsets => Pointers.Zip(pointerOffsets);

    internal int Destination() => Destinations[random.Next(Destinations.Length)];

    /// <summary>A plain instruction, compressed every third time.</summary>
    internal RandomItem NextPlain() => new(ItemKind.Plain, random.Next(3) == 0 ? NextCompressed() : NextEncoding());

    /// <summary>A branch or jump to an item.</summary>
    /// <param name="target">Its index.</param>
    /// <param name="isNear">Whether it surely is within the 254 bytes that a compressed branch reaches.</param>
    internal RandomItem NextJump(int target, bool isNear)
    {
        var rs1 = random.Next(32);
        switch (random.Next(isNear ? 10 : 8))
        {
            case 6:
                return new(ItemKind.Jump, 0, Opcode.Jal, Destination(), Target: target);
            case 7:
                return new(ItemKind.Indirect, 0, Rd: Destination(), Rs1: Destinations[random.Next(1,
                    Destinations.Length)], Target: target);
            case 8:
                return new(ItemKind.CompressedJump, 0, Opcode.Jal, Target: target);
            case 9:
                var opcode = random.Next(2) == 0 ? Opcode.Beq : Opcode.Bne;
                return new(ItemKind.CompressedJump, 0, opcode, Rs1: random.Next(8, 16), Target: target);
            case var branch:
                return new(ItemKind.Jump, 0, Opcode.Beq + (byte)branch, 0, rs1, random.Next(32), target);
        }
    }

    private uint NextEncoding()
    {
        // Half of the opcodes are floating point already; fences are rare, because they only cost time.
        var opcode = Plain[random.Next(Plain.Length)];
        if (opcode is Opcode.Fence or Opcode.FenceI && random.Next(4) != 0)
        {
            opcode = FloatOpcodes[random.Next(FloatOpcodes.Length)];
        }

        var shape = OperandShape.Of(opcode);
        var rd = IsFloatDestination(opcode) ? random.Next(32) : Destination();
        return opcode switch
        {
            (>= Opcode.Lb and <= Opcode.Sd) or Opcode.Flw or Opcode.Fsw or Opcode.Fld or Opcode.Fsd =>
                Access(opcode, rd),
            >= Opcode.LrW and <= Opcode.AmomaxuD => Atomic(opcode, rd),
            >= Opcode.Csrrw and <= Opcode.Csrrci => Csr(opcode, rd),
            _ => Assembler.Encode(
                opcode,
                rd,
                random.Next(32),
                random.Next(32),
                random.Next(32),
                RoundingModes[random.Next(RoundingModes.Length)],
                Immediate(opcode, shape)),
        };
    }

    private long Immediate(Opcode opcode, OperandShape shape) => opcode switch
    {
        _ when random.Next(3) == 0 => shape.Immediates[random.Next(shape.Immediates.Length)],
        Opcode.Lui or Opcode.Auipc => random.Next(-0x8_0000, 0x8_0000) << 12,
        Opcode.Slli or Opcode.Srli or Opcode.Srai => random.Next(64),
        Opcode.Slliw or Opcode.Srliw or Opcode.Sraiw => random.Next(32),
        Opcode.Fence => random.Next(0x100),
        _ => shape.Immediates.Length > 1 ? random.Next(-2048, 2048) : 0,
    };

    private uint Access(Opcode opcode, int rd)
    {
        var pointer = random.Next(Pointers.Length);
        var offset = random.Next(ScratchBytes - 7) - pointerOffsets[pointer];

        // Half of the accesses meet near the pointers, so that loads see what stores left.
        offset = random.Next(2) == 0 ? offset : random.Next(-pointerOffsets[pointer], 0) / 8 + random.Next(8);
        return Assembler.Encode(opcode, rd, Pointers[pointer], random.Next(32), immediate: offset);
    }

    private uint Atomic(Opcode opcode, int rd)
    {
        var pointer = random.Next(Pointers.Length);
        var isDouble = (reservationPointerBytes >> pointer & 1) != 0;
        opcode = opcode switch
        {
            Opcode.LrW or Opcode.LrD => isDouble ? Opcode.LrD : Opcode.LrW,
            Opcode.ScW or Opcode.ScD => isDouble ? Opcode.ScD : Opcode.ScW,
            _ => opcode,
        };
        return Assembler.Encode(opcode, rd, Pointers[pointer], random.Next(32), immediate: random.Next(4));
    }

    /// <summary>The floating-point CSRs, never leaving a reserved rounding mode behind.</summary>
    private uint Csr(Opcode opcode, int rd) => random.Next(4) switch
    {
        0 => Assembler.Encode(opcode, rd, random.Next(32), immediate: FloatFlags),
        1 => Assembler.Encode(Opcode.Csrrwi, rd, random.Next(5), immediate: FloatRounding),
        2 => Assembler.Encode(random.Next(2) == 0 ? Opcode.Csrrsi : Opcode.Csrrci, rd, random.Next(32),
            immediate: FloatControl),
        _ => Assembler.Encode(random.Next(2) == 0 ? Opcode.Csrrs : Opcode.Csrrc, rd, 0, immediate: random.Next(1, 4)),
    };

    private uint NextCompressed()
    {
        while (true)
        {
            var halfword = (uint)random.Next(0x1_0000);
            if ((halfword & 3) != 3 && IsAllowed(Decoder.Decode(halfword)))
            {
                return halfword;
            }
        }
    }

    private bool IsAllowed(Instruction instruction)
    {
        var pointer = Array.IndexOf(Pointers, instruction.Rs1);
        var isWritable = Array.IndexOf(Destinations, instruction.Rd) >= 0;
        return instruction.Opcode switch
        {
            Opcode.Lw or Opcode.Ld => isWritable && IsInside(pointer, instruction.Immediate),
            Opcode.Fld or Opcode.Sw or Opcode.Sd or Opcode.Fsd => IsInside(pointer, instruction.Immediate),
            Opcode.Illegal or Opcode.Ebreak or Opcode.Jal or Opcode.Jalr or Opcode.Beq or Opcode.Bne => false,
            _ => isWritable,
        };
    }

    private bool IsInside(int pointer, int offset) =>
        pointer >= 0 && pointerOffsets[pointer] + offset is >= 0 and <= ScratchBytes - 8;

    private static bool IsFloatDestination(Opcode opcode) => opcode is >= Opcode.Flw and <= Opcode.FmvDX
        && opcode is not (Opcode.FcvtWS or Opcode.FcvtWuS or Opcode.FmvXW or Opcode.FeqS or Opcode.FltS or Opcode.FleS
            or Opcode.FclassS or Opcode.FcvtLS or Opcode.FcvtLuS or Opcode.FeqD or Opcode.FltD or Opcode.FleD
            or Opcode.FclassD or Opcode.FcvtWD or Opcode.FcvtWuD or Opcode.FcvtLD or Opcode.FcvtLuD or Opcode.FmvXD);
}
