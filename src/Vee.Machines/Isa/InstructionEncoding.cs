using System.Globalization;

namespace Vee.Machines.Isa;

/// <summary>One line of the ISA manual's instruction listings: how an instruction is encoded and written.</summary>
internal sealed class InstructionEncoding
{
    private const int EncodingBits = 32;

    /// <summary>Reads a listing.</summary>
    /// <param name="listing">
    /// The fields from bit 31 down to bit 0, separated by spaces, as the manual prints them: binary digits are
    /// fixed bits, names are operands (an immediate names the bits it holds, <c>imm[12|10:5]</c>).
    /// </param>
    /// <param name="opcode">The instruction.</param>
    /// <param name="format">How operands are extracted.</param>
    /// <param name="mnemonic">The assembler mnemonic, without aq and rl suffixes.</param>
    /// <param name="syntax">The operands as assembler text; <see cref="Disassembler"/> explains the letters.</param>
    /// <exception cref="ArgumentException">The listing does not describe exactly 32 bits.</exception>
    public InstructionEncoding(
        string listing, Opcode opcode, InstructionFormat format, string mnemonic, string syntax)
    {
        (Mask, Match) = Parse(listing);
        Opcode = opcode;
        Format = format;
        Mnemonic = mnemonic;
        Syntax = syntax;
    }

    /// <summary>A one for every bit that the instruction fixes.</summary>
    public uint Mask { get; }

    /// <summary>The values of the fixed bits; zero where <see cref="Mask"/> is.</summary>
    public uint Match { get; }

    /// <summary>The instruction.</summary>
    public Opcode Opcode { get; }

    /// <summary>How operands are extracted.</summary>
    public InstructionFormat Format { get; }

    /// <summary>The assembler mnemonic, without aq and rl suffixes.</summary>
    public string Mnemonic { get; }

    /// <summary>The operands as assembler text.</summary>
    public string Syntax { get; }

    private static (uint Mask, uint Match) Parse(string listing)
    {
        ulong mask = 0;
        ulong match = 0;
        var bitCount = 0;
        foreach (var field in listing.Split(' '))
        {
            var isFixed = field.All(char.IsAsciiDigit);
            var width = isFixed ? field.Length : Width(field);
            mask = (mask << width) | (isFixed ? (1UL << width) - 1 : 0);
            match = (match << width) | (isFixed ? Convert.ToUInt64(field, 2) : 0);
            bitCount += width;
        }

        return bitCount == EncodingBits
            ? ((uint)mask, (uint)match)
            : throw new ArgumentException($"'{listing}' describes {bitCount} bits.", nameof(listing));
    }

    private static int Width(string field) => field switch
    {
        "aq" or "rl" => 1,
        "rm" => 3,
        "fm" or "pred" or "succ" => 4,
        "rd" or "rs1" or "rs2" or "rs3" => 5,
        "csr" => 12,
        _ => WidthOfBits(field),
    };

    /// <summary>Counts the bits of a field such as <c>imm[20|10:1|11|19:12]</c>.</summary>
    private static int WidthOfBits(string field)
    {
        var bits = field[(field.IndexOf('[', StringComparison.Ordinal) + 1)..^1];
        return bits.Split('|').Sum(range =>
            range.Split(':') is [var high, var low] ? Number(high) - Number(low) + 1 : 1);
    }

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);
}
