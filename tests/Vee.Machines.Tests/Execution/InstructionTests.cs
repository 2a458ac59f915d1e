using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Execution;

/// <summary>Every instruction, case by case, and integer instructions on all pairs of edge values.</summary>
public sealed class InstructionTests
{
    private const int ReportMax = 20;

    private static readonly ILookup<Opcode, InstructionRow> Rows = new[]
    {
        IntegerRows.All, ControlRows.All, MemoryRows.All, AtomicRows.All, SingleRows.All, DoubleRows.All,
    }.SelectMany(rows => rows).ToLookup(row => row.Opcode);

    public static TheoryData<Opcode> Opcodes => [.. Enum.GetValues<Opcode>()];

    public static TheoryData<Opcode> Computations => [.. IntegerOracle.Opcodes];

    public static TheoryData<Opcode> Branches => [.. IntegerOracle.Branches];

    public static TheoryData<Opcode> RoundingOpcodes =>
        [.. Enum.GetValues<Opcode>().Where(opcode => opcode != Opcode.Illegal && OperandShape.Of(opcode).HasRm)];

    [Theory]
    [MemberData(nameof(Opcodes))]
    public void Opcode_executed_once_changes_exactly_what_its_rows_say(Opcode opcode)
    {
        Assert.True(Rows[opcode].Any(), $"{opcode} has no row.");

        // Flags accrue: whatever was raised before has to stay, and must not change a result. CSR rows read them.
        uint[] flagsBefore = opcode is >= Opcode.Csrrw and <= Opcode.Csrrci ? [0] : [0, 0b10101];
        AssertNone(flagsBefore.SelectMany(flags => Rows[opcode].SelectMany(row => row.Check(flags))));
    }

    [Theory]
    [MemberData(nameof(Computations))]
    public void Computation_of_edge_values_equals_the_oracle(Opcode opcode)
    {
        using var fixture = new HartFixture();
        foreach (var (immediate, second) in SecondOperands(opcode))
        {
            fixture.Write(HartFixture.Code, Assembler.Encode(opcode, 10, 11, 12, immediate: immediate));
            foreach (var first in EdgeValues.Registers)
            {
                var operand = opcode == Opcode.Auipc ? HartFixture.Code : first;
                fixture.X(11, first).X(12, second).RunAt(HartFixture.Code, 1);

                var expected = IntegerOracle.Evaluate(opcode, operand, second);
                var actual = fixture.Hart.GetX(10);
                Assert.True(
                    expected == actual,
                    $"{opcode} 0x{operand:x}, 0x{second:x}: expected 0x{expected:x}, is 0x{actual:x}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Computations))]
    public void Computation_with_shared_registers_reads_before_it_writes(Opcode opcode)
    {
        int[] registers = [0, 11, 12];
        ulong[] values = [0, 0xFFFF_FFFF_8000_0003, 0x0000_0005_7FFF_FFF1];
        var immediate = OperandShape.Of(opcode).Immediates[^1];
        foreach (var (rd, rs1, rs2) in from d in registers from s in registers from t in registers select (d, s, t))
        {
            using var fixture = new HartFixture();
            fixture.Program(Assembler.Encode(opcode, rd, rs1, rs2, immediate: immediate));
            fixture.X(11, values[1]).X(12, values[2]).Run(1);

            var first = opcode == Opcode.Auipc ? HartFixture.Code : values[Array.IndexOf(registers, rs1)];
            var second = IntegerOracle.HasImmediate(opcode) ? (ulong)immediate : values[Array.IndexOf(registers, rs2)];
            var expected = rd == 0 ? 0 : IntegerOracle.Evaluate(opcode, first, second);
            Assert.True(expected == fixture.Hart.GetX(rd), $"{opcode} x{rd},x{rs1},x{rs2}");
        }
    }

    [Theory]
    [MemberData(nameof(Branches))]
    public void Branch_on_edge_values_goes_where_the_oracle_says(Opcode opcode)
    {
        using var fixture = new HartFixture();
        fixture.Program(Assembler.Encode(opcode, 0, 11, 12, immediate: -1024));
        foreach (var (first, second) in from a in EdgeValues.Registers from b in EdgeValues.Registers select (a, b))
        {
            var exit = fixture.X(11, first).X(12, second).RunAt(HartFixture.Code, 1);

            var offset = IntegerOracle.IsTaken(opcode, first, second) ? -1024L : 4;
            Assert.Equal(new HartExit(1, default), exit);
            Assert.True(fixture.Hart.Pc == HartFixture.Code + (ulong)offset, $"{opcode} 0x{first:x}, 0x{second:x}");
        }
    }

    [Theory]
    [MemberData(nameof(RoundingOpcodes))]
    public void Rounding_mode_that_is_reserved_makes_the_instruction_illegal(Opcode opcode)
    {
        var cases = from frm in Enumerable.Range(0, 8)
                    from rm in Enumerable.Range(0, 8)
                    where rm is 5 or 6 || (rm == 7 && frm > 4)
                    select (frm, rm);
        AssertNone(cases.SelectMany(mode => new InstructionRow(opcode, $"frm {mode.frm}, rm {mode.rm}")
            .Rounding(mode.rm).GivenControl((uint)mode.frm << 5).IsIllegal().Check(flags: 0)));
    }

    private static IEnumerable<(long Immediate, ulong Register)> SecondOperands(Opcode opcode) =>
        IntegerOracle.HasImmediate(opcode)
            ? OperandShape.Of(opcode).Immediates.Select(immediate => ((long)immediate, (ulong)immediate))
            : EdgeValues.Registers.Select(register => (0L, register));

    private static void AssertNone(IEnumerable<string> differences)
    {
        var found = differences.ToList();
        Assert.True(found.Count == 0, $"{found.Count} differences:\n" + string.Join('\n', found.Take(ReportMax)));
    }
}
