using Vee.Machines.Linux;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Linux;

/// <summary>A machine that is cut into runs, saved and restored does exactly what an undisturbed one does.</summary>
public sealed class MachineStateTests
{
    public static TheoryData<string, string, int> Guests => new()
    {
        { "hello", "one two", 1 },
        { "threads", "--threads 3 --rounds 20", 1 },
        { "threads", "--threads 5 --rounds 20", 3 },
        { "writer", "--memory 1M --rounds 10 --pattern random-words", 1 },
        { "writer", "--memory 1M --rounds 10 --pattern moving-records", 2 },
        { "ledger", "--memory 2M --transactions 3000", 2 },
        { "kvstore", "--self-test", 2 },
        { "streamer", "--self-test --count 60 --rate 200", 2 },
        { "voice", "--self-test", 2 },
        { "conformance/shared_pages", "", 2 },
    };

    [Theory]
    [MemberData(nameof(Guests))]
    public void Machine_run_in_random_cuts_ends_bit_for_bit_like_one_run(string guest, string arguments, int harts)
    {
        var seed = TestSeed.Announce();
        var random = new Random(seed);
        var (whole, wholeOutput) = RunWhole(guest, arguments, harts);

        var console = new TestConsole { Ended = true };
        using var machine = GuestRun.Create(guest, Words(arguments), console, harts);
        GuestRun.ToEnd(machine, () => random.Next(4) == 0 ? random.Next(1, 10) : random.Next(1, 200_000));

        Assert.Equal(wholeOutput, console.Output);
        Assert.Equal(whole, MemoryState.Of(machine));
    }

    [Theory]
    [MemberData(nameof(Guests))]
    public void Machine_held_at_random_times_is_never_late_and_ends_bit_for_bit_like_one_run(
        string guest, string arguments, int harts)
    {
        var seed = TestSeed.Announce();
        var random = new Random(seed);
        var (whole, wholeOutput) = RunWhole(guest, arguments, harts);

        // A call's cost comes after the instruction that the limit was kept for.
        const long CallMax = 400;
        var console = new TestConsole { Ended = true };
        using var machine = GuestRun.Create(guest, Words(arguments), console, harts);
        var start = machine.Harts[0].Now;
        var limit = 0L;
        GuestRun.ToEnd(machine, timeMax: () =>
        {
            var latest = machine.Harts.Max(hart => hart.Now) - start;
            Assert.True(latest <= limit + CallMax, $"Seed {seed}: {latest} is beyond {limit}.");
            limit = Math.Max(machine.Now, latest) + random.Next(2_000_000);
            return limit;
        });

        Assert.Equal(wholeOutput, console.Output);
        Assert.Equal(whole, MemoryState.Of(machine));
    }

    [Theory]
    [MemberData(nameof(Guests))]
    public void Machine_saved_and_restored_at_random_points_ends_bit_for_bit_like_one_run(
        string guest, string arguments, int harts)
    {
        var seed = TestSeed.Announce();
        var random = new Random(seed);
        var (whole, wholeOutput) = RunWhole(guest, arguments, harts);
        var total = TotalInstructions(guest, arguments, harts);

        var console = new TestConsole { Ended = true };
        var machine = GuestRun.Create(guest, Words(arguments), console, harts);
        while (GuestRun.ToEnd(machine, () => random.NextInt64(1, total / 8), () => true).Status < 0)
        {
            var state = MemoryState.Of(machine);
            machine.Dispose();
            machine = GuestRun.Restore(state, console);
            Assert.Equal(state, MemoryState.Of(machine));
        }

        Assert.Equal(wholeOutput, console.Output);
        Assert.Equal(whole, MemoryState.Of(machine));
        machine.Dispose();
    }

    [Fact]
    public void Machine_with_another_seed_interleaves_differently()
    {
        var first = new TestConsole { Ended = true };
        using var one = GuestRun.Create("threads", ["--threads", "4", "--rounds", "20"], first, harts: 2, seed: 1);
        using var other = GuestRun.Create("threads", ["--threads", "4", "--rounds", "20"],
            new TestConsole { Ended = true }, harts: 2, seed: 2);
        GuestRun.ToEnd(one);
        GuestRun.ToEnd(other);

        Assert.NotEqual(one.Harts.Select(hart => hart.Retired), other.Harts.Select(hart => hart.Retired));
    }

    [Fact]
    public void Damaged_state_is_refused_with_the_field_named()
    {
        var seed = TestSeed.Announce();
        var random = new Random(seed);
        using var machine = GuestRun.Create("hello", [], new TestConsole { Ended = true });
        machine.Run(3_000);
        var state = MemoryState.Of(machine);

        for (var round = 0; round < 2_000; round++)
        {
            var damaged = state.ToArray();
            var at = random.Next(damaged.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            using var restored = ProcessMachine.TryRestore(
                new MemoryState(damaged), new TestConsole { Ended = true }, null, null, null, out var refusal);
            Assert.True(restored is null, $"Seed {seed}: byte {at} changed and nobody noticed.");
            Assert.Matches("^machine state refused at '[^']+': .+", refusal);
        }
    }

    [Fact]
    public void Truncated_state_is_refused_with_the_field_named()
    {
        var seed = TestSeed.Announce();
        var random = new Random(seed);
        using var machine = GuestRun.Create("hello", [], new TestConsole { Ended = true });
        machine.Run(3_000);
        var state = MemoryState.Of(machine);

        for (var round = 0; round < 500; round++)
        {
            var length = round < 200 ? round : random.Next(state.Length);
            using var restored = ProcessMachine.TryRestore(
                new MemoryState(state[..length]), new TestConsole { Ended = true }, null, null, null, out var refusal);
            Assert.Null(restored);
            Assert.Contains("truncated", refusal, StringComparison.Ordinal);
        }
    }

    private static string[] Words(string arguments) => arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static (byte[] State, string Output) RunWhole(string guest, string arguments, int harts)
    {
        var console = new TestConsole { Ended = true };
        using var machine = GuestRun.Create(guest, Words(arguments), console, harts);
        Assert.Equal(0, GuestRun.ToEnd(machine).ShellStatus);
        return (MemoryState.Of(machine), console.Output);
    }

    private static long TotalInstructions(string guest, string arguments, int harts)
    {
        using var machine = GuestRun.Create(guest, Words(arguments), new TestConsole { Ended = true }, harts);
        GuestRun.ToEnd(machine);
        return machine.Harts.Sum(hart => (long)hart.Retired);
    }
}
