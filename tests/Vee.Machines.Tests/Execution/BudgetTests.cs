using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Execution;

/// <summary>Where runs end, and programs that are too large or too unlucky for the block cache.</summary>
public sealed class BudgetTests
{
    private static readonly uint Increment = Assembler.Encode(Opcode.Addi, 10, 10, immediate: 1);

    public static TheoryData<string, uint> InfiniteLoops => new()
    {
        { "jal", Assembler.Encode(Opcode.Jal) },
        { "beq", Assembler.Encode(Opcode.Beq) },
        { "jalr", Assembler.Encode(Opcode.Jalr, 0, 5) },
        { "c.j", 0xA001 },
    };

    [Theory]
    [MemberData(nameof(InfiniteLoops))]
    public void Infinite_loop_ends_at_the_budget(string name, uint encoding)
    {
        foreach (var budget in new long[] { 1, 2, 3, 63, 64, 65, 1_000_003 })
        {
            using var fixture = new HartFixture().Program(encoding).X(5, HartFixture.Code);

            var exit = fixture.Run(budget);

            Assert.True(new HartExit(budget, default) == exit, $"{name}: {exit}");
            Assert.Equal(HartFixture.Code, fixture.Hart.Pc);
            Assert.Equal((ulong)budget, fixture.Hart.Retired);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void Budget_below_one_is_refused(long budget)
    {
        using var fixture = new HartFixture();

        Assert.Throws<ArgumentOutOfRangeException>(() => fixture.Run(budget));
    }

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    [InlineData(129)]
    public void Straight_line_longer_than_a_block_is_executed_once(int count)
    {
        using var fixture = new HartFixture().Program([.. Enumerable.Repeat(Increment, count), HartFixture.Ebreak]);

        var exit = fixture.Run(long.MaxValue);

        Assert.Equal(count, exit.Executed);
        Assert.Equal((ulong)count, fixture.Hart.GetX(10));
    }

    [Fact]
    public void Straight_line_ends_wherever_the_budget_does()
    {
        for (var budget = 1; budget <= 130; budget++)
        {
            using var fixture = new HartFixture().Program([.. Enumerable.Repeat(Increment, 130), HartFixture.Ebreak]);

            // The second run finds blocks that the first, with a budget of its own, has decoded.
            fixture.Run(130);
            var exit = fixture.X(10, 0).RunAt(HartFixture.Code, budget);

            Assert.Equal(new HartExit(budget, default), exit);
            Assert.Equal((ulong)budget, fixture.Hart.GetX(10));
            Assert.Equal(HartFixture.Code + ((ulong)budget * 4), fixture.Hart.Pc);
        }
    }

    [Fact]
    public void Program_larger_than_the_block_cache_loops_exactly()
    {
        const int Count = 80_000;
        const ulong Start = 0x10_0000;
        using var fixture = new HartFixture(arenaBytes: 1 << 22, ramBytes: 1 << 22);
        fixture.Map(Start, PageNumber.RoundUp((Count + 1) * 4), Protection.Read | Protection.Execute);
        fixture.Write(Start, [.. Enumerable.Repeat(Increment, Count), Assembler.Encode(Opcode.Jal,
            immediate: -Count * 4)]);
        fixture.Hart.Pc = Start;

        var exit = fixture.Run((3 * (Count + 1)) + 5);

        Assert.Equal(new HartExit((3 * (Count + 1)) + 5, default), exit);
        Assert.Equal((3UL * Count) + 5, fixture.Hart.GetX(10));
        Assert.Equal(Start + 20, fixture.Hart.Pc);
    }

    [Fact]
    public void Cache_that_overflows_inside_a_loop_of_calls_keeps_its_links_true()
    {
        // Calls 20,000 functions of one instruction, twice over: every block is linked from a return or a call.
        const int Count = 20_000;
        const ulong Start = 0x10_0000, Functions = 0x20_0000;
        using var fixture = new HartFixture(arenaBytes: 1 << 22, ramBytes: 1 << 22);
        fixture.Map(Start, 1 << 20, Protection.Read | Protection.Execute);
        fixture.Map(Functions, 1 << 20, Protection.Read | Protection.Execute);
        var at = Start;
        for (var index = 0; index < Count; index++)
        {
            var function = Functions + ((ulong)index * 8);
            fixture.Write(function, Increment, Assembler.Encode(Opcode.Jalr, 0, 1));
            var item = new RandomItem(ItemKind.Indirect, 0, Rd: 1, Rs1: 6);
            at = fixture.Write(at, item.Encode((int)(function - at)));
        }

        var back = new RandomItem(ItemKind.Indirect, 0, Rd: 0, Rs1: 6);
        fixture.Write(at, back.Encode((int)(Start - at)));

        var exit = fixture.RunAt(Start, 2 * ((4L * Count) + 2));

        Assert.Equal(default, exit.Trap);
        Assert.Equal(2UL * Count, fixture.Hart.GetX(10));
        Assert.Equal(Start, fixture.Hart.Pc);
    }

    [Fact]
    public void Cache_that_overflows_while_a_jump_is_being_linked_forgets_that_link()
    {
        // One dispatcher, the first block of the cache, jumps to one function after the other. The function whose
        // decoding overflows the cache takes the dispatcher's place; a link made then would land on its own jump.
        const int Count = 20_000;
        const ulong Start = 0x10_0000, Functions = 0x11_0000;
        using var fixture = new HartFixture(arenaBytes: 1 << 22, ramBytes: 1 << 22);
        fixture.Map(Start, 1 << 20, Protection.Read | Protection.Execute);
        fixture.Write(Start, Assembler.Encode(Opcode.Addi, 6, 6, immediate: 8), Assembler.Encode(Opcode.Jalr, 1, 6));
        for (var index = 0UL; index < Count; index++)
        {
            var function = Functions + (index * 8);
            var back = (long)Start - (long)(function + 4);
            fixture.Write(function, Increment, Assembler.Encode(Opcode.Jal, immediate: back));
        }

        var exit = fixture.X(6, Functions - 8).RunAt(Start, 4 * Count);

        Assert.Equal(new HartExit(4 * Count, default), exit);
        Assert.Equal((ulong)Count, fixture.Hart.GetX(10));
        Assert.Equal(Start, fixture.Hart.Pc);
    }

    [Fact]
    public void Blocks_with_the_same_place_in_the_cache_do_not_replace_each_other_wrongly()
    {
        // The cache's index mixes address bits 1..14 with bits 15 and up: these two collide.
        const ulong First = 0x10_0000, Second = First ^ 0x8000 ^ 2;
        using var fixture = new HartFixture(arenaBytes: 1 << 21);
        fixture.Map(First, PageNumber.Bytes, Protection.Read | Protection.Execute);
        fixture.Map(Second & ~0xFFFUL, PageNumber.Bytes, Protection.Read | Protection.Execute);
        fixture.Write(First, Increment, Assembler.Encode(Opcode.Jalr, 0, 5));
        fixture.Write(Second, Assembler.Encode(Opcode.Addi, 11, 11, immediate: 2), Assembler.Encode(Opcode.Jalr, 0, 6));
        fixture.X(5, Second).X(6, First);

        fixture.RunAt(First, 4_000);

        Assert.Equal(1_000UL, fixture.Hart.GetX(10));
        Assert.Equal(2_000UL, fixture.Hart.GetX(11));

        // Entered by address, not by link, they have to be told apart as well.
        for (var round = 0; round < 5; round++)
        {
            fixture.RunAt(First, 2);
            fixture.RunAt(Second, 2);
        }

        Assert.Equal(1_005UL, fixture.Hart.GetX(10));
        Assert.Equal(2_010UL, fixture.Hart.GetX(11));
    }

    [Fact]
    public void Return_that_alternates_between_callers_goes_back_to_each()
    {
        // 0: jal ra,f; 4: addi a0,1; 8: jal ra,f; 12: addi a1,1; 16: j 0; f: jr ra.
        using var fixture = new HartFixture().Program(
            Assembler.Encode(Opcode.Jal, 1, immediate: 20),
            Increment,
            Assembler.Encode(Opcode.Jal, 1, immediate: 12),
            Assembler.Encode(Opcode.Addi, 11, 11, immediate: 1),
            Assembler.Encode(Opcode.Jal, immediate: -16),
            Assembler.Encode(Opcode.Jalr, 0, 1));

        fixture.Run(7_000);

        Assert.Equal(1_000UL, fixture.Hart.GetX(10));
        Assert.Equal(1_000UL, fixture.Hart.GetX(11));
    }
}
