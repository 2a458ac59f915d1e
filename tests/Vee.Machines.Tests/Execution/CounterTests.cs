using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Execution;

/// <summary>
/// What is counted and charged where a run ends in the middle of a block, and what the counters' CSRs read.
/// </summary>
public sealed class CounterTests
{
    private const int Cycle = 0xC00, Time = 0xC01, Instret = 0xC02;
    private static readonly uint Divide = Assembler.Encode(Opcode.Div, 5, 5, 6);
    private static readonly uint Multiply = Assembler.Encode(Opcode.Mul, 5, 5, 6);
    private static readonly ulong CostBefore = Cost(Opcode.Addi) + Cost(Opcode.Div) + Cost(Opcode.Mul);

    public static TheoryData<Opcode, TrapCause> Traps => new()
    {
        { Opcode.Ebreak, TrapCause.Breakpoint },
        { Opcode.Lw, TrapCause.LoadFault },
        { Opcode.Sw, TrapCause.StoreFault },
        { Opcode.AmoaddW, TrapCause.StoreFault },
        { Opcode.LrD, TrapCause.LoadFault },
        { Opcode.Mret, TrapCause.IllegalInstruction },
    };

    [Theory]
    [MemberData(nameof(Traps))]
    public void Trap_in_a_block_counts_what_came_before_it(Opcode opcode, TrapCause cause)
    {
        using var fixture = new HartFixture().Program(
            HartFixture.Nop, Divide, Multiply, Assembler.Encode(opcode, 10, 11, 12), HartFixture.Nop);

        var exit = fixture.Run(1000);

        Assert.Equal(3, exit.Executed);
        Assert.Equal(cause, exit.Trap.Cause);
        Assert.Equal(HartFixture.Code + 12, fixture.Hart.Pc);
        Assert.Equal(3UL, fixture.Hart.Retired);
        Assert.Equal(CostBefore, fixture.Hart.Cycles);
    }

    [Fact]
    public void Trap_that_is_retried_counts_nothing_twice()
    {
        using var fixture = new HartFixture().Program(
            HartFixture.Nop, Divide, Multiply, Assembler.Encode(Opcode.Lw, 10, 11), HartFixture.Ebreak);
        fixture.Run(1000);
        fixture.Run(1000);
        fixture.X(11, HartFixture.Data);

        var exit = fixture.Run(1000);

        Assert.Equal(new HartExit(1, new Trap(TrapCause.Breakpoint, 0, AccessFault.None)), exit);
        Assert.Equal(4UL, fixture.Hart.Retired);
        Assert.Equal(CostBefore + Cost(Opcode.Lw), fixture.Hart.Cycles);
    }

    [Fact]
    public void Environment_call_is_counted_and_pc_stays_at_it()
    {
        using var fixture = new HartFixture().Program(
            HartFixture.Nop, Divide, Multiply, Assembler.Encode(Opcode.Ecall), HartFixture.Nop);

        var exit = fixture.Run(1000);

        Assert.Equal(new HartExit(4, new Trap(TrapCause.EnvironmentCall, 0, AccessFault.None)), exit);
        Assert.Equal(HartFixture.Code + 12, fixture.Hart.Pc);
        Assert.Equal(4UL, fixture.Hart.Retired);
        Assert.Equal(CostBefore + Cost(Opcode.Ecall), fixture.Hart.Cycles);
    }

    [Fact]
    public void Branch_taken_out_of_a_block_counts_what_came_before_and_itself()
    {
        using var fixture = new HartFixture().Program(
            HartFixture.Nop, Divide, Assembler.Encode(Opcode.Beq, immediate: 12), Multiply, Multiply,
                HartFixture.Ebreak);

        var exit = fixture.Run(1000);

        Assert.Equal(3, exit.Executed);
        Assert.Equal(HartFixture.Code + 20, fixture.Hart.Pc);
        Assert.Equal(Cost(Opcode.Addi) + Cost(Opcode.Div) + Cost(Opcode.Beq), fixture.Hart.Cycles);
    }

    [Fact]
    public void Jump_to_where_nothing_can_be_fetched_is_counted_and_traps_there()
    {
        using var fixture = new HartFixture().Program(Assembler.Encode(Opcode.Jalr, 1, 5)).X(5, HartFixture.Data);

        var exit = fixture.Run(1000);

        Assert.Equal(new HartExit(1, new Trap(TrapCause.FetchFault, HartFixture.Data, AccessFault.Forbidden)), exit);
        Assert.Equal(HartFixture.Data, fixture.Hart.Pc);
        Assert.Equal(HartFixture.Code + 4, fixture.Hart.GetX(1));
        Assert.Equal(Cost(Opcode.Jalr), fixture.Hart.Cycles);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1)]
    [InlineData(3)]
    public void Counter_registers_read_what_came_before_them(long cut)
    {
        using var fixture = new HartFixture().Program(
            HartFixture.Nop,
            Divide,
            Read(Instret, 10),
            Multiply,
            Read(Cycle, 11),
            Read(Instret, 12),
            Read(Time, 13),
            HartFixture.Ebreak);
        while (fixture.Run(cut).Trap.Cause == TrapCause.None)
        {
        }

        var atCycle = CostBefore + Cost(Opcode.Csrrs);
        var atTime = atCycle + (2 * Cost(Opcode.Csrrs));
        Assert.Equal(2UL, fixture.Hart.GetX(10));
        Assert.Equal(atCycle, fixture.Hart.GetX(11));
        Assert.Equal(5UL, fixture.Hart.GetX(12));
        Assert.Equal(atTime / 100, fixture.Hart.GetX(13));
        Assert.Equal(7UL, fixture.Hart.Retired);
    }

    [Fact]
    public void Time_counts_idle_and_charged_time_in_ticks_of_100_nanoseconds()
    {
        using var fixture = new HartFixture().Program(Read(Time, 10), Read(Cycle, 11), Read(Instret, 12));
        fixture.Hart.AdvanceTo(5_000_000_000);
        fixture.Hart.Charge(1_000);

        fixture.Run(3);

        Assert.Equal(50_000_010UL, fixture.Hart.GetX(10));
        Assert.Equal(1_000 + Cost(Opcode.Csrrs), fixture.Hart.GetX(11));
        Assert.Equal(2UL, fixture.Hart.GetX(12));
    }

    [Fact]
    public void Illegal_counter_write_in_a_block_counts_what_came_before_it()
    {
        using var fixture = new HartFixture().Program(
            HartFixture.Nop, Divide, Multiply, Assembler.Encode(Opcode.Csrrw, 10, 11, immediate: Cycle));

        var exit = fixture.Run(1000);

        Assert.Equal((3, TrapCause.IllegalInstruction), (exit.Executed, exit.Trap.Cause));
        Assert.Equal(0xC005_9573UL, exit.Trap.Value);
        Assert.Equal(3UL, fixture.Hart.Retired);
        Assert.Equal(CostBefore, fixture.Hart.Cycles);
    }

    private static uint Read(int csr, int rd) => Assembler.Encode(Opcode.Csrrs, rd, 0, immediate: csr);

    private static ulong Cost(Opcode opcode) => (ulong)HartFixture.Costs.CyclesOf(InstructionClasses.Of(opcode));
}
