using Vee.Machines.Isa;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Execution.Differential;

/// <summary>Random integer programs against the oracle on unbounded integers: checked with or without qemu.</summary>
public sealed class IntegerDifferentialTests
{
    private const int ProgramCount = 300;
    private const int InstructionCount = 900;

    private static readonly Opcode[] Opcodes = [.. IntegerOracle.Opcodes];

    [Fact]
    public void Random_integer_programs_end_as_the_oracle_computes()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"VEE_TEST_SEED={TestSeed.Value}");
        for (var index = 0; index < ProgramCount; index++)
        {
            var random = new Random(unchecked((TestSeed.Value * 1_000_003) + index));
            uint[] program = [.. Enumerable.Range(0, InstructionCount).Select(_ => Next(random))];
            using var fixture = new HartFixture().Program(program);
            var x = new ulong[32];
            for (var register = 1; register < 32; register++)
            {
                x[register] = EdgeValues.Next(random);
                fixture.X(register, x[register]);
            }

            fixture.Run(InstructionCount);
            Evaluate(program, x);

            for (var register = 0; register < 32; register++)
            {
                Assert.True(
                    x[register] == fixture.Hart.GetX(register),
                    $"VEE_TEST_SEED={TestSeed.Value}, program {index}, x{register}: expected 0x{x[register]:x}, "
                    + $"is 0x{fixture.Hart.GetX(register):x}");
            }
        }
    }

    private static uint Next(Random random)
    {
        while (random.Next(4) == 0)
        {
            var halfword = (uint)random.Next(0x1_0000);
            if ((halfword & 3) != 3 && Opcodes.Contains(Decoder.Decode(halfword).Opcode))
            {
                return halfword;
            }
        }

        var opcode = Opcodes[random.Next(Opcodes.Length)];
        var immediates = OperandShape.Of(opcode).Immediates;
        return Assembler.Encode(
            opcode, random.Next(32), random.Next(32), random.Next(32),
                immediate: immediates[random.Next(immediates.Length)]);
    }

    private static void Evaluate(uint[] program, ulong[] x)
    {
        var pc = HartFixture.Code;
        foreach (var encoding in program)
        {
            var instruction = Decoder.Decode(encoding);
            var first = instruction.Opcode == Opcode.Auipc ? pc : x[instruction.Rs1];
            var second = IntegerOracle.HasImmediate(instruction.Opcode)
                ? (ulong)instruction.Immediate
                : x[instruction.Rs2];
            var result = IntegerOracle.Evaluate(instruction.Opcode, first, second);
            x[instruction.Rd] = instruction.Rd == 0 ? 0 : result;
            pc += instruction.Length;
        }
    }
}
