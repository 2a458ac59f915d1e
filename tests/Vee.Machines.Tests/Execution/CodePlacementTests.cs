using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Execution;

/// <summary>
/// Code at odd places: page ends, straddling instructions, the arena's top, where nothing can be fetched.
/// </summary>
public sealed class CodePlacementTests
{
    private const ulong PageEnd = HartFixture.Code + PageNumber.Bytes;
    private const uint CompressedNop = 0x0001;
    private static readonly uint Increment = Assembler.Encode(Opcode.Addi, 10, 10, immediate: 1);

    public static TheoryData<ulong, AccessFault> Unfetchable => new()
    {
        { 0, AccessFault.Unmapped },
        { PageEnd, AccessFault.Unmapped },
        { HartFixture.Data, AccessFault.Forbidden },
        { HartFixture.ReadOnly + 8, AccessFault.Forbidden },
        { 1UL << 20, AccessFault.Unmapped },
        { (1UL << 63) + 0x1_0000, AccessFault.Unmapped },
        { ulong.MaxValue - 1, AccessFault.Unmapped },
    };

    [Theory]
    [MemberData(nameof(Unfetchable))]
    public void Fetch_of_what_is_no_code_traps_at_the_target(ulong target, AccessFault fault)
    {
        using var fixture = new HartFixture().Program(Assembler.Encode(Opcode.Jalr, 1, 5)).X(5, target);
        var trap = new Trap(TrapCause.FetchFault, target, fault);

        Assert.Equal(new HartExit(1, trap), fixture.Run(100));
        Assert.Equal(target, fixture.Hart.Pc);
        Assert.Equal(new HartExit(0, trap), fixture.Run(100));
        Assert.Equal(1UL, fixture.Hart.Retired);
    }

    [Fact]
    public void Pc_that_is_odd_loses_its_lowest_bit()
    {
        using var fixture = new HartFixture().Program(Increment);

        var exit = fixture.RunAt(HartFixture.Code + 1, 1);

        Assert.Equal(new HartExit(1, default), exit);
        Assert.Equal(HartFixture.Code + 4, fixture.Hart.Pc);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void Code_runs_to_the_last_byte_of_a_page(long budget)
    {
        using var fixture = new HartFixture();
        fixture.Write(PageEnd - 6, Increment, CompressedNop);
        fixture.Hart.Pc = PageEnd - 6;

        var executed = 0L;
        HartExit exit;
        do
        {
            exit = fixture.Run(budget);
            executed += exit.Executed;
        }
        while (exit.Trap.Cause == TrapCause.None);

        Assert.Equal(2, executed);
        Assert.Equal(new Trap(TrapCause.FetchFault, PageEnd, AccessFault.Unmapped), exit.Trap);
        Assert.Equal(PageEnd, fixture.Hart.Pc);
    }

    [Theory]
    [InlineData(false, AccessFault.Unmapped)]
    [InlineData(true, AccessFault.Forbidden)]
    public void Instruction_whose_second_half_cannot_be_fetched_traps_there(bool isMapped, AccessFault fault)
    {
        using var fixture = new HartFixture();
        fixture.Map(PageEnd, PageNumber.Bytes, Protection.Read);
        fixture.Write(PageEnd - 6, Increment, Increment);
        if (!isMapped)
        {
            fixture.Memory.TryUnmap(PageEnd, PageNumber.Bytes);
        }

        var exit = fixture.RunAt(PageEnd - 6, 100);

        Assert.Equal(new HartExit(1, new Trap(TrapCause.FetchFault, PageEnd, fault)), exit);
        Assert.Equal(PageEnd - 2, fixture.Hart.Pc);
    }

    [Fact]
    public void Instruction_that_straddles_pages_executes_when_both_can()
    {
        using var fixture = new HartFixture();
        fixture.Map(PageEnd, PageNumber.Bytes, Protection.Execute);
        fixture.Write(PageEnd - 6, Increment, Increment, HartFixture.Ebreak);
        Assert.Equal(TrapCause.Breakpoint, fixture.RunAt(PageEnd - 6, 100).Trap.Cause);
        Assert.Equal(2UL, fixture.Hart.GetX(10));

        // The block that holds it has to be forgotten with either page.
        fixture.Memory.TryUnmap(PageEnd, PageNumber.Bytes);
        Assert.Equal(new HartExit(1, new Trap(TrapCause.FetchFault, PageEnd, AccessFault.Unmapped)),
            fixture.RunAt(PageEnd - 6, 100));
    }

    [Fact]
    public void Fault_that_is_repaired_goes_on_where_it_was()
    {
        using var fixture = new HartFixture();
        fixture.Write(PageEnd - 4, Increment);
        fixture.Hart.Pc = PageEnd - 4;
        Assert.Equal(TrapCause.FetchFault, fixture.Run(100).Trap.Cause);
        fixture.Map(PageEnd, PageNumber.Bytes, Protection.Execute);
        fixture.Write(PageEnd, Increment, HartFixture.Ebreak);

        Assert.Equal(1, fixture.Run(100).Executed);
        Assert.Equal(2UL, fixture.Hart.GetX(10));
    }

    [Fact]
    public void Code_at_the_top_of_the_arena_runs_to_its_last_byte()
    {
        const ulong Top = 1 << 20;
        using var fixture = new HartFixture();
        fixture.Map(Top - PageNumber.Bytes, PageNumber.Bytes, Protection.Execute);
        fixture.Write(Top - 6, Increment, CompressedNop);

        var exit = fixture.RunAt(Top - 6, 100);

        Assert.Equal(new HartExit(2, new Trap(TrapCause.FetchFault, Top, AccessFault.Unmapped)), exit);
    }

    [Fact]
    public void Instruction_cut_by_the_top_of_the_arena_traps_at_it()
    {
        const ulong Top = 1 << 20;
        using var fixture = new HartFixture();
        fixture.Map(Top - PageNumber.Bytes, PageNumber.Bytes, Protection.Execute);
        fixture.Put(Top - 2, (byte)Increment, (byte)(Increment >> 8));

        var exit = fixture.RunAt(Top - 2, 100);

        Assert.Equal(new HartExit(0, new Trap(TrapCause.FetchFault, Top, AccessFault.Unmapped)), exit);
        Assert.Equal(Top - 2, fixture.Hart.Pc);
    }

    [Fact]
    public void Fetch_from_a_page_never_written_is_illegal_and_costs_no_memory()
    {
        using var fixture = new HartFixture();
        var present = fixture.Memory.PresentPages;

        var exit = fixture.RunAt(HartFixture.Code, 100);

        Assert.Equal(new HartExit(0, new Trap(TrapCause.IllegalInstruction, 0, AccessFault.None)), exit);
        Assert.Equal(present, fixture.Memory.PresentPages);
    }

    [Fact]
    public void Jump_into_the_middle_of_an_instruction_decodes_from_there()
    {
        // lui's upper half is c.li a0,-1; jumping past its first two bytes executes that.
        using var fixture = new HartFixture().Program(0x557D_0537, HartFixture.Ebreak);

        fixture.RunAt(HartFixture.Code, 1);
        Assert.Equal(0x557D_0000UL, fixture.Hart.GetX(10));
        fixture.RunAt(HartFixture.Code + 2, 1);

        Assert.Equal(ulong.MaxValue, fixture.Hart.GetX(10));
    }
}
