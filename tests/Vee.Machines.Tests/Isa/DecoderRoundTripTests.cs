using Vee.Machines.Isa;
using Xunit;

namespace Vee.Machines.Tests.Isa;

/// <summary>Encode, decode and compare every opcode at the edges of its operand fields.</summary>
public sealed class DecoderRoundTripTests
{
    private static readonly int[] Registers = [0, 1, 2, 8, 15, 16, 31];
    private static readonly int[] RoundingModes = [0, 1, 2, 3, 4, 7];

    public static TheoryData<Opcode> Opcodes => [.. Enum.GetValues<Opcode>().Where(o => o != Opcode.Illegal)];

    [Theory]
    [MemberData(nameof(Opcodes))]
    public void Opcode_encoded_with_edge_operands_decodes_to_itself(Opcode opcode)
    {
        foreach (var operands in EdgeOperands(opcode))
        {
            var word = Assembler.Encode(
                opcode, operands.Rd, operands.Rs1, operands.Rs2, operands.Rs3, operands.RoundingMode,
                operands.Immediate);

            Assert.Equal(operands, Decoder.Decode(word));
        }
    }

    /// <summary>Each field takes its edge values while the others hold a middle value.</summary>
    private static IEnumerable<Instruction> EdgeOperands(Opcode opcode)
    {
        var shape = OperandShape.Of(opcode);
        var middle = shape.Instruction(opcode, rd: 10, rs1: 11, rs2: 12, rs3: 13, rm: 7, shape.Immediates[^1]);
        yield return middle;
        foreach (var register in Registers)
        {
            var r = (byte)register;
            yield return shape.HasRd ? middle with { Rd = r } : middle;
            yield return shape.HasRs1 ? middle with { Rs1 = r } : middle;
            yield return shape.HasRs2 ? middle with { Rs2 = r } : middle;
            yield return shape.HasRs3 ? middle with { Rs3 = r } : middle;
        }

        foreach (var mode in RoundingModes)
        {
            yield return shape.HasRm ? middle with { RoundingMode = (byte)mode } : middle;
        }

        foreach (var immediate in shape.Immediates)
        {
            yield return middle with { Immediate = immediate };
        }
    }
}
