using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Execution;

/// <summary>
/// Random programs that loop, call, trap and rewrite themselves: however a run is cut into budgets, everything a
/// program can see is the same.
/// </summary>
public sealed class RandomProgramTests
{
    private const int ProgramCount = 400;
    private const int ItemCount = 120;
    private const long InstructionCount = 3_000;

    // The scratch memory lies across the two pages, so that accesses straddle them.
    private const ulong Scratch = HartFixture.Data + PageNumber.Bytes - 640;
    private const Protection All = Protection.Read | Protection.Write | Protection.Execute;

    [Fact]
    public void Run_cut_into_any_budgets_leaves_the_same_state()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"VEE_TEST_SEED={TestSeed.Value}");
        var trapped = 0;
        for (var index = 0; index < ProgramCount; index++)
        {
            var seed = unchecked((TestSeed.Value * 1_000_003) + index);
            using var whole = Arrange(seed);
            var end = RunTo(whole, () => long.MaxValue);
            trapped += end.Trap.Cause == TrapCause.None ? 0 : 1;
            foreach (var (name, cut) in Cuts(new Random(seed)))
            {
                using var parts = Arrange(seed);
                var actual = RunTo(parts, cut);
                AssertSame(whole, end, parts, actual, $"VEE_TEST_SEED={TestSeed.Value}, program {index}, cut {name}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{trapped} of {ProgramCount} programs trapped.");

        // Were all programs to end early, this test would test little.
        Assert.InRange(trapped, 0, ProgramCount * 3 / 4);
    }

    private static (string Name, Func<long> Cut)[] Cuts(Random random) =>
    [
        ("1", () => 1),
        ("2", () => 2),
        ("7", () => 7),
        ("64", () => 64),
        ("random", () => random.Next(1, 100)),
        ("mostly 1", () => random.Next(20) == 0 ? random.Next(1, 1_000) : 1),
    ];

    private static HartFixture Arrange(int seed)
    {
        var random = new Random(seed);
        var generator = new InstructionGenerator(random);
        var fixture = new HartFixture();
        fixture.Map(HartFixture.Code, PageNumber.Bytes, All);
        List<RandomItem> items = [.. Enumerable.Range(0, ItemCount).Select(index => Next(generator, random, index))];
        items.Add(new RandomItem(ItemKind.Jump, 0, Opcode.Jal, Target: 0));
        fixture.Program([.. RandomItem.Encode(items)]);

        var scratch = new byte[HartFixture.DataBytes];
        random.NextBytes(scratch);
        fixture.Put(HartFixture.Data, scratch);
        for (var index = 1; index < 32; index++)
        {
            fixture.X(index, EdgeValues.Next(random));
        }

        for (var index = 0; index < 32; index++)
        {
            fixture.F(index, FloatEdges.Next(random));
        }

        // x3 is where the code is and x4 what is stored there: c.addi a0,1 and c.addi a1,1.
        fixture.X(3, HartFixture.Code).X(4, 0x0585_0505_0585_0505);
        foreach (var (register, offset) in generator.PointerOffsets)
        {
            fixture.X(register, Scratch + (ulong)offset);
        }

        fixture.Memory.SwapDirtyEpoch((_, _) => { });
        return fixture;
    }

    private static RandomItem Next(InstructionGenerator generator, Random random, int index)
    {
        switch (random.Next(40))
        {
            case <= 5:
                // Mostly short loops and skips: compressed branches reach 254 bytes either way.
                var isNear = random.Next(4) != 0;
                var target = isNear ? index + random.Next(-20, 21) : random.Next(ItemCount);
                return generator.NextJump(Math.Clamp(target, 0, ItemCount), isNear);
            case 6:
                var counter = 0xC00 + random.Next(3);
                return new(ItemKind.Plain, Assembler.Encode(Opcode.Csrrs, generator.Destination(), 0,
                    immediate: counter));
            case 7 when random.Next(2) == 0:
                return new(ItemKind.Plain, Assembler.Encode(Opcode.Ecall));
            case 8 when random.Next(2) == 0:
                var store = random.Next(2) == 0 ? Opcode.Sh : Opcode.Sw;
                var place = random.Next(0, 320) & ~1;
                return new(ItemKind.Plain, Assembler.Encode(store, rs1: 3, rs2: 4, immediate: place));
            default:
                return generator.NextPlain();
        }
    }

    /// <summary>Runs on over environment calls until the count is reached or something else traps.</summary>
    private static HartExit RunTo(HartFixture fixture, Func<long> cut)
    {
        var executed = 0L;
        while (executed < InstructionCount)
        {
            var budget = Math.Min(cut(), InstructionCount - executed);
            var exit = fixture.Run(budget);
            executed += exit.Executed;
            if (exit.Trap.Cause == TrapCause.EnvironmentCall)
            {
                fixture.Hart.Pc += 4;
            }
            else if (exit.Trap.Cause != TrapCause.None)
            {
                return exit with { Executed = executed };
            }
            else
            {
                Assert.Equal(budget, exit.Executed);
            }
        }

        return new HartExit(executed, default);
    }

    private static void AssertSame(HartFixture whole, HartExit end, HartFixture parts, HartExit actual, string where)
    {
        var differences = HartSnapshot.Of(whole.Hart).DifferencesTo(HartSnapshot.Of(parts.Hart)).ToList();
        if (end != actual)
        {
            differences.Add($"exit: expected {end}, is {actual}");
        }

        if (whole.Memory.PresentPages != parts.Memory.PresentPages)
        {
            differences.Add($"present: expected {whole.Memory.PresentPages}, is {parts.Memory.PresentPages}");
        }

        foreach (var (address, count) in new[] { (HartFixture.Code, PageNumber.Bytes), (HartFixture.Data,
            HartFixture.DataBytes) })
        {
            if (!whole.Copy(address, count).AsSpan().SequenceEqual(parts.Copy(address, count)))
            {
                differences.Add($"memory at 0x{address:x}");
            }
        }

        if (!Dirty(whole).SequenceEqual(Dirty(parts)))
        {
            differences.Add("dirty lines");
        }

        Assert.True(differences.Count == 0, $"{where}:\n" + string.Join('\n', differences));
    }

    private static unsafe (ulong Page, ulong Lines)[] Dirty(HartFixture fixture) =>
    [
        .. Enumerable.Range(0, (int)fixture.Memory.PageCount)
            .Select(page => ((ulong)page, fixture.Memory.DirtyLines[page]))
            .Where(page => page.Item2 != 0),
    ];
}
