using Vee.Machines.Execution;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Execution;

/// <summary>
/// Stores into code. The ISA demands FENCE.I before they show; this interpreter shows a hart's own at once, so that
/// it does not depend on how code was cut into blocks.
/// </summary>
public sealed class CodeChangeTests
{
    private const Protection All = Protection.Read | Protection.Write | Protection.Execute;
    private static readonly uint Increment = Assembler.Encode(Opcode.Addi, 10, 10, immediate: 1);
    private static readonly uint AddHundred = Assembler.Encode(Opcode.Addi, 10, 10, immediate: 100);
    private static readonly uint FenceI = Assembler.Encode(Opcode.FenceI);

    public static TheoryData<Opcode> Stores => [Opcode.Sw, Opcode.Fsw, Opcode.AmoswapW, Opcode.Sd, Opcode.AmoswapD];

    [Theory]
    [MemberData(nameof(Stores))]
    public void Store_into_the_next_instruction_of_its_block_shows_at_once(Opcode opcode)
    {
        // The new code lies at +16, doubleword-aligned for the atomic.
        uint[] program =
        [
            HartFixture.Nop, HartFixture.Nop, HartFixture.Nop, Store(opcode), Increment, HartFixture.Ebreak,
        ];
        using var fixture = new HartFixture(code: All).Program(program).X(11, HartFixture.Code + 16);
        var both = (ulong)HartFixture.Ebreak << 32 | AddHundred;
        fixture.X(12, both).F(12, both);

        var exit = fixture.Run(1000);

        Assert.Equal(new HartExit(5, new Trap(TrapCause.Breakpoint, 0, AccessFault.None)), exit);
        Assert.Equal(100UL, fixture.Hart.GetX(10));
        Assert.Equal(5UL, fixture.Hart.Retired);
        Assert.Equal((4 * Cost(Opcode.Addi)) + Cost(opcode), fixture.Hart.Cycles);
    }

    [Fact]
    public void Store_of_half_an_instruction_shows_at_once()
    {
        using var fixture = new HartFixture(code: All).Program(
            Assembler.Encode(Opcode.Sh, rs1: 11, rs2: 12), Increment, HartFixture.Ebreak);

        // The upper half of addi a0,a0,1 is the immediate and the upper bits of rs1.
        fixture.X(11, HartFixture.Code + 6).X(12, AddHundred >> 16);

        fixture.Run(1000);

        Assert.Equal(100UL, fixture.Hart.GetX(10));
    }

    [Fact]
    public void Store_that_ends_its_budget_shows_in_the_next_run()
    {
        using var fixture = new HartFixture(code: All).Program(Store(Opcode.Sw), Increment, HartFixture.Ebreak);
        fixture.X(11, HartFixture.Code + 4).X(12, AddHundred);

        Assert.Equal(new HartExit(1, default), fixture.Run(1));
        fixture.Run(1);

        Assert.Equal(100UL, fixture.Hart.GetX(10));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Loop_that_rewrites_a_function_on_another_page_calls_the_new_one(bool isFenced)
    {
        // Stores "addi a0,a0,imm" with imm growing by one each round, then calls it.
        const ulong Function = HartFixture.Code + PageNumber.Bytes;
        using var fixture = new HartFixture(code: All);
        fixture.Map(Function, PageNumber.Bytes, All);
        fixture.Write(Function, Increment, Assembler.Encode(Opcode.Jalr, 0, 1));
        fixture.Program(
            Store(Opcode.Sw),
            isFenced ? FenceI : HartFixture.Nop,
            Assembler.Encode(Opcode.Jalr, 1, 11),
            Assembler.Encode(Opcode.Add, 12, 12, 13),
            Assembler.Encode(Opcode.Jal, immediate: -16));
        fixture.X(11, Function).X(12, Assembler.Encode(Opcode.Addi, 10, 10)).X(13, 1 << 20);

        var exit = fixture.Run(7 * 100);

        Assert.Equal(new HartExit(700, default), exit);
        Assert.Equal(99UL * 100 / 2, fixture.Hart.GetX(10));
    }

    [Fact]
    public void Store_into_the_second_page_of_a_straddling_instruction_shows()
    {
        const ulong Border = HartFixture.Code + PageNumber.Bytes;
        using var fixture = new HartFixture(code: All);
        fixture.Map(Border, PageNumber.Bytes, All);
        fixture.Write(Border - 2, Increment, HartFixture.Ebreak);
        fixture.RunAt(Border - 2, 2);
        fixture.Program(Assembler.Encode(Opcode.Sh, rs1: 11, rs2: 12), Assembler.Encode(Opcode.Jalr, 0, 13));
        fixture.X(11, Border).X(12, AddHundred >> 16).X(13, Border - 2);

        fixture.RunAt(HartFixture.Code, 1000);

        Assert.Equal(101UL, fixture.Hart.GetX(10));
    }

    [Fact]
    public void Write_from_outside_shows_in_the_next_run()
    {
        using var fixture = new HartFixture(code: All).Program(Increment, Assembler.Encode(Opcode.Jal, immediate: -4));
        fixture.Run(10);
        fixture.Memory.TryWrite(HartFixture.Code, BitConverter.GetBytes(AddHundred));
        fixture.X(10, 0);

        fixture.Run(10);

        Assert.Equal(500UL, fixture.Hart.GetX(10));
    }

    [Fact]
    public void Store_of_one_hart_shows_in_the_next_run_of_another_engine()
    {
        using var fixture = new HartFixture(code: All).Program(Increment, Assembler.Encode(Opcode.Jal, immediate: -4));
        using var other = new Interpreter<FlatAddressSpace>(new FlatAddressSpace(fixture.Memory), HartFixture.Costs);
        using var hart = new Hart(1, HartFixture.Costs) { Pc = HartFixture.Code };
        other.Run(hart, 10);
        fixture.Write(HartFixture.Code + 64, Store(Opcode.Sw));
        fixture.X(11, HartFixture.Code).X(12, AddHundred).RunAt(HartFixture.Code + 64, 1);

        other.Run(hart, 10);

        Assert.Equal(505UL, hart.GetX(10));
    }

    [Fact]
    public void Code_that_is_unmapped_protected_or_dropped_is_not_executed_from_the_cache()
    {
        using var fixture = new HartFixture().Program(Increment, Assembler.Encode(Opcode.Jal, immediate: -4));
        var memory = fixture.Memory;
        var page = PageNumber.Of(HartFixture.Code);
        AssertRunsUntil(fixture, TrapCause.None, AccessFault.None);

        memory.Protect(HartFixture.Code, PageNumber.Bytes, Protection.Read);
        AssertRunsUntil(fixture, TrapCause.FetchFault, AccessFault.Forbidden);
        memory.Protect(HartFixture.Code, PageNumber.Bytes, Protection.Execute);
        AssertRunsUntil(fixture, TrapCause.None, AccessFault.None);

        var content = memory.Page(page).ToArray();
        memory.MarkAbsent(page);
        AssertRunsUntil(fixture, TrapCause.FetchFault, AccessFault.Absent);
        Assert.True(memory.Supply(page, content));
        AssertRunsUntil(fixture, TrapCause.None, AccessFault.None);

        memory.Zero(HartFixture.Code, PageNumber.Bytes);
        AssertRunsUntil(fixture, TrapCause.IllegalInstruction, AccessFault.None);
        fixture.Put(HartFixture.Code, content);
        AssertRunsUntil(fixture, TrapCause.None, AccessFault.None);

        memory.TryUnmap(HartFixture.Code, PageNumber.Bytes);
        AssertRunsUntil(fixture, TrapCause.FetchFault, AccessFault.Unmapped);
        fixture.Map(HartFixture.Code, PageNumber.Bytes, Protection.Execute);
        AssertRunsUntil(fixture, TrapCause.IllegalInstruction, AccessFault.None);
    }

    private static void AssertRunsUntil(HartFixture fixture, TrapCause cause, AccessFault fault)
    {
        var exit = fixture.RunAt(HartFixture.Code, 10);

        Assert.Equal((cause, fault), (exit.Trap.Cause, exit.Trap.Fault));
        Assert.Equal(cause == TrapCause.None ? 10 : 0, exit.Executed);
        Assert.Equal(cause == TrapCause.FetchFault ? HartFixture.Code : 0, exit.Trap.Value);
    }

    private static uint Store(Opcode opcode) => Assembler.Encode(opcode, 0, 11, 12);

    private static ulong Cost(Opcode opcode) => (ulong)HartFixture.Costs.CyclesOf(InstructionClasses.Of(opcode));
}
