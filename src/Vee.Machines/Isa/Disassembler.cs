using System.Text;

namespace Vee.Machines.Isa;

/// <summary>Writes instructions as GNU objdump does with <c>-M no-aliases</c>.</summary>
/// <remarks>
/// A compressed instruction is written as its expansion. Each letter of a row's syntax in <see cref="Encodings"/>
/// stands for one operand, mostly GNU binutils' own letters; other characters stand for themselves:
/// <list type="bullet">
/// <item>d, s, t: integer registers rd, rs1, rs2. D, S, T, R: floating-point registers rd, rs1, rs2, rs3.</item>
/// <item>i: signed immediate. o: signed byte offset. h: shift amount, hexadecimal. u: upper immediate without its
/// twelve zero bits, hexadecimal. p: absolute target of a branch or jump.</item>
/// <item>c: CSR. z: unsigned immediate in the place of rs1. P, Q: predecessor and successor sets of a fence.</item>
/// <item>m: comma and rounding mode. e: the same for a conversion that is exact, omitted when rne.</item>
/// </list>
/// </remarks>
public static class Disassembler
{
    private const int FenceTso = 0x833;
    private const byte RoundToNearestEven = 0;

    /// <summary>Writes one instruction.</summary>
    /// <param name="instruction">As <see cref="Decoder"/> returned it.</param>
    /// <param name="pc">Its address, from which branch targets are computed.</param>
    /// <returns>
    /// Mnemonic, a space and operands, such as <c>ld a1,8(sp)</c>; <c>.4byte</c> or <c>.2byte</c> and the encoding
    /// for an illegal instruction.
    /// </returns>
    public static string Format(in Instruction instruction, ulong pc)
    {
        var row = Encodings.Of(instruction.Opcode);
        if (row is null)
        {
            return $".{instruction.Length}byte 0x{(uint)instruction.Immediate:x}";
        }

        if (instruction is { Opcode: Opcode.Fence, Immediate: FenceTso })
        {
            return "fence.tso";
        }

        var text = new StringBuilder(row.Mnemonic);
        if (row.Format == InstructionFormat.Atomic)
        {
            text.Append(OrderingSuffix(instruction.Immediate));
        }

        if (row.Syntax.Length > 0)
        {
            text.Append(' ');
        }

        foreach (var letter in row.Syntax)
        {
            text.Append(Operand(letter, instruction, pc));
        }

        return text.ToString();
    }

    private static string Operand(char letter, in Instruction instruction, ulong pc) => letter switch
    {
        'd' => RegisterNames.X(instruction.Rd),
        's' => RegisterNames.X(instruction.Rs1),
        't' => RegisterNames.X(instruction.Rs2),
        'D' => RegisterNames.F(instruction.Rd),
        'S' => RegisterNames.F(instruction.Rs1),
        'T' => RegisterNames.F(instruction.Rs2),
        'R' => RegisterNames.F(instruction.Rs3),
        'i' or 'o' => $"{instruction.Immediate}",
        'h' => $"0x{instruction.Immediate:x}",
        'u' => $"0x{(uint)instruction.Immediate >> 12:x}",
        'p' => $"0x{unchecked(pc + (ulong)instruction.Immediate):x}",
        'c' => CsrNames.Of(instruction.Immediate),
        'z' => $"{instruction.Rs1}",
        'P' => FenceSet(instruction.Immediate >> 4),
        'Q' => FenceSet(instruction.Immediate),
        'm' => $",{RoundingModeName(instruction.RoundingMode)}",
        'e' when instruction.RoundingMode == RoundToNearestEven => "",
        'e' => $",{RoundingModeName(instruction.RoundingMode)}",
        _ => $"{letter}",
    };

    private static string OrderingSuffix(int bits) => (bits & 0b11) switch
    {
        0b00 => "",
        0b01 => ".rl",
        0b10 => ".aq",
        _ => ".aqrl",
    };

    private static string RoundingModeName(byte mode) => mode switch
    {
        RoundToNearestEven => "rne",
        1 => "rtz",
        2 => "rdn",
        3 => "rup",
        4 => "rmm",
        7 => "dyn",
        _ => "unknown",
    };

    /// <summary>The letters of the four low bits, from device input down to memory writes.</summary>
    /// <returns>objdump's word "unknown" for the empty set, which has no letters.</returns>
    private static string FenceSet(int bits)
    {
        const string Letters = "iorw";
        var set = string.Concat(Letters.Where((_, index) => (bits & (0b1000 >> index)) != 0));
        return set.Length > 0 ? set : "unknown";
    }
}
