using Vee.Machines.Isa;

namespace Vee.Cli.Tracing;

/// <summary>What a trace says of one instruction, whoever executes it.</summary>
internal sealed record TracedInstruction
{
    /// <summary>pc, symbol, encoding and disassembly, aligned.</summary>
    internal required string Line { get; init; }

    /// <summary>The encoding as read; to notice code that has changed.</summary>
    internal uint Encoding { get; init; }

    /// <summary>The address after the instruction.</summary>
    internal ulong NextPc { get; init; }

    /// <summary>Whether it writes a register other than x0.</summary>
    internal bool HasResult { get; init; }

    /// <summary>Whether that is an f register.</summary>
    internal bool IsFloatResult { get; init; }

    /// <summary>The register's index.</summary>
    internal int Result { get; init; }

    /// <summary>Whether it is a jump, whose result is the address after it.</summary>
    internal bool IsJump { get; init; }

    internal static TracedInstruction Create(ulong pc, uint encoding, string symbol, int symbolWidth, int textWidth)
    {
        var instruction = Decoder.Decode(encoding);
        var text = Disassembler.Format(instruction, pc);
        var bytes = instruction.Length == 2 ? $"{encoding & 0xffff:x4}    " : $"{encoding:x8}";
        var isStore = instruction.Opcode is Opcode.Fsw or Opcode.Fsd;
        var isFloat = !isStore && FirstOperand(text) == RegisterNames.F(instruction.Rd);
        return new TracedInstruction
        {
            Line = $"{pc:x16}  {symbol.PadRight(symbolWidth)}  {bytes}  {text.PadRight(textWidth)}  ",
            Encoding = encoding,
            NextPc = pc + instruction.Length,
            HasResult = isFloat || instruction.Rd != 0,
            IsFloatResult = isFloat,
            Result = instruction.Rd,
            IsJump = instruction.Opcode is Opcode.Jal or Opcode.Jalr,
        };
    }

    private static string FirstOperand(string text)
    {
        var start = text.IndexOf(' ', StringComparison.Ordinal) + 1;
        var end = text.IndexOf(',', StringComparison.Ordinal);
        return start > 0 && end > start ? text[start..end] : "";
    }
}
