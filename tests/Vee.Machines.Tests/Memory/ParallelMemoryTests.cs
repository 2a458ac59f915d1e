using Vee.Machines.Execution;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Memory;

/// <summary>Harts on host threads of their own, and what may not be lost between them.</summary>
public sealed class ParallelMemoryTests
{
    private const ulong ArenaBytes = 1 << 21;
    private const ulong Area = 0x10_0000;
    private const int AreaPages = 64;
    private const Protection ReadWrite = Protection.Read | Protection.Write;

    [Fact]
    public async Task Epochs_between_runs_of_two_harts_lose_no_store()
    {
        // Each round both harts store on threads of their own; then, stopped, what is dirty is copied to a second
        // memory, as a migration does. At the end the copy has to be whole.
        TestContext.Current.TestOutputHelper?.WriteLine($"VEE_TEST_SEED={TestSeed.Value}");
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        memory.TryMap(Area, AreaPages * PageNumber.Bytes, ReadWrite);
        var copy = new byte[AreaPages * PageNumber.Bytes];
        using var stores = new Storer(memory, 0x1_0000, TestSeed.Value);
        using var others = new Storer(memory, 0x2_0000, TestSeed.Value + 1);
        for (var round = 0; round < 200; round++)
        {
            var budget = 50 + (round * 7);
            Assert.All(await Both(() => stores.Run(budget), () => others.Run(budget)), Assert.True);
            memory.SwapDirtyEpoch((page, lines) => CopyLines(memory, page, lines, copy));
        }

        for (var page = 0; page < AreaPages; page++)
        {
            var bytes = memory.Page(new PageNumber((Area >> PageNumber.Shift) + (ulong)page));
            Assert.True(bytes.SequenceEqual(copy.AsSpan(page * PageNumber.Bytes, PageNumber.Bytes)), $"page {page}");
        }
    }

    [Fact]
    public async Task Last_page_of_ram_that_two_harts_touch_first_at_once_is_given_to_both()
    {
        // The harts meet by spinning: anything slower hardly ever lets both into the first touch at once.
        const int RoundCount = 5_000;
        using var memory = GuestMemory.Reserve(ArenaBytes, PageNumber.Bytes);
        memory.TryMap(Area, PageNumber.Bytes, ReadWrite);
        var arrived = 0;
        void Meet(int count)
        {
            Interlocked.Increment(ref arrived);
            var spin = default(SpinWait);
            while (Volatile.Read(ref arrived) < count)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }

        int Refused(bool clears)
        {
            var refused = 0;
            for (var round = 0; round < RoundCount; round++)
            {
                Meet((4 * round) + 2);
                refused += memory.TryWrite(Area, [1]) == AccessFault.None ? 0 : 1;
                Meet((4 * round) + 4);
                if (clears)
                {
                    memory.Zero(Area, PageNumber.Bytes);
                }
            }

            return refused;
        }

        Assert.Equal(0, (await Both(() => Refused(clears: true), () => Refused(clears: false))).Sum());
    }

    [Fact]
    public async Task Pages_that_two_harts_touch_first_at_once_count_once()
    {
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        for (var round = 0; round < 300; round++)
        {
            memory.TryMap(Area, AreaPages * PageNumber.Bytes, ReadWrite);
            bool TouchAll() => Enumerable.Range(0, AreaPages).All(page =>
                memory.TryWrite(Area + ((ulong)page * PageNumber.Bytes), [1]) == AccessFault.None);

            Assert.All(await Both(TouchAll, TouchAll), Assert.True);
            Assert.Equal(AreaPages, memory.PresentPages);
        }
    }

    [Fact]
    public async Task Additions_of_two_harts_to_one_word_are_all_counted()
    {
        const int Count = 200_000;
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        memory.TryMap(Area, PageNumber.Bytes, ReadWrite);
        using var first = new Storer(memory, 0x1_0000, Assembler.Encode(Opcode.AmoaddD, 0, 11, 12));
        using var second = new Storer(memory, 0x2_0000, Assembler.Encode(Opcode.AmoaddD, 0, 11, 12));

        Assert.All(await Both(() => first.Run(2 * Count), () => second.Run(2 * Count)), Assert.True);

        var total = new byte[8];
        memory.TryRead(Area, total);
        Assert.Equal(2UL * Count, BitConverter.ToUInt64(total));
    }

    private static Task<T[]> Both<T>(Func<T> first, Func<T> second)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        return Task.WhenAll(Task.Run(first, cancellationToken), Task.Run(second, cancellationToken));
    }

    private static void CopyLines(GuestMemory memory, PageNumber page, ulong lines, byte[] copy)
    {
        if (page.Address < Area)
        {
            return;
        }

        var start = (int)(page.Address - Area);
        for (var line = 0; line < 64; line++)
        {
            if ((lines >> line & 1) != 0)
            {
                var offset = line * PageNumber.LineBytes;
                memory.Page(page).Slice(offset, PageNumber.LineBytes).CopyTo(copy.AsSpan(start + offset));
            }
        }
    }

    /// <summary>A hart that stores in a loop.</summary>
    private sealed class Storer : IDisposable
    {
        private readonly Hart hart = new(0, CostModel.InOrder);
        private readonly Interpreter<FlatAddressSpace> engine;

        /// <summary>Random stores all over the area, different on each pass: the value counts passes.</summary>
        internal Storer(GuestMemory memory, ulong code, int seed)
            : this(memory, code, RandomStores(seed))
        {
        }

        internal Storer(GuestMemory memory, ulong code, params uint[] body)
        {
            engine = new Interpreter<FlatAddressSpace>(new FlatAddressSpace(memory), CostModel.InOrder);
            memory.TryMap(code, 4 * PageNumber.Bytes, Protection.Read | Protection.Execute);
            List<uint> program = [.. body];
            program.Add(Assembler.Encode(Opcode.Jal, immediate: -4 * program.Count));
            memory.TryWriteProtected(code, [.. program.SelectMany(BitConverter.GetBytes)]);
            hart.Pc = code;
            hart.SetX(11, Area);
            hart.SetX(12, 1);
        }

        internal bool Run(long budget) => engine.Run(hart, budget) == new HartExit(budget, default);

        public void Dispose()
        {
            engine.Dispose();
            hart.Dispose();
        }

        private static uint[] RandomStores(int seed)
        {
            var random = new Random(seed);
            Opcode[] stores = [Opcode.Sb, Opcode.Sh, Opcode.Sw, Opcode.Sd];
            var body = new List<uint>();
            for (var index = 0; index < 300; index++)
            {
                // x13 = start of a random page; then stores anywhere in its first half.
                var page = random.Next(AreaPages - 1);
                body.Add(Assembler.Encode(Opcode.Lui, 13, immediate: (int)Area + (page * PageNumber.Bytes)));
                body.Add(Assembler.Encode(Opcode.Addi, 12, 12, immediate: 77));
                body.Add(Assembler.Encode(stores[random.Next(4)], 0, 13, 12, immediate: random.Next(2048)));
                body.Add(Assembler.Encode(stores[random.Next(4)], 0, 13, 12, immediate: random.Next(0, 200)));
            }

            return [.. body];
        }
    }
}
