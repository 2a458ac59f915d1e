using Vee.Hypervisor.Events;
using Vee.Hypervisor.Scheduling.Credit;
using Vee.Hypervisor.Tests.State;
using Vee.Machines.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Scheduling;

public sealed class CreditStateTests
{
    public static TheoryData<string, int> Runs
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var seed in Enumerable.Range(1, 6))
            {
                data.Add("credit", seed);
                data.Add("credit-2009", seed);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_run_that_is_saved_and_restored_goes_on_as_if_nothing_had_been(string vintage, int seed)
    {
        var options = Options(vintage);
        var whole = Bench(options, seed);
        var parted = Bench(options, seed);
        for (var part = 0; part < 20; part++)
        {
            var duration = 100 * VirtualTime.Millisecond + (part * 3_141_592);
            whole.Run(duration);
            parted.Run(duration);
            var before = MemoryState.Of(parted.Scheduler.Save);
            parted.Replace(new CreditScheduler(options));
            Assert.Equal(before, MemoryState.Of(parted.Scheduler.Save));
        }

        Assert.True(whole.Records.Count > 5000, $"{whole.Records.Count} records are few");
        Assert.Equal(whole.Records, parted.Records);
        Assert.Equal(MemoryState.Of(whole.Scheduler.Save), MemoryState.Of(parted.Scheduler.Save));
    }

    [Fact]
    public void Every_damaged_byte_is_refused()
    {
        var bench = Bench(CreditOptions.Modern, 3);
        bench.Run(VirtualTime.Second);
        var state = MemoryState.Of(bench.Scheduler.Save);
        for (var position = 0; position < state.Length; position++)
        {
            var damaged = state.ToArray();
            damaged[position] ^= 0x10;
            Assert.Throws<StateRefusedException>(() => Restore(bench, damaged));
            Assert.Throws<StateRefusedException>(() => Restore(bench, state[..position]));
        }
    }

    [Fact]
    public void What_was_saved_by_another_scheduler_or_for_other_vcpus_is_refused()
    {
        var bench = Bench(CreditOptions.Modern, 3);
        bench.Run(VirtualTime.Second);
        var state = MemoryState.Of(bench.Scheduler.Save);
        var other = Bench(CreditOptions.Of2009, 3);
        other.Run(VirtualTime.Second);
        AssertRefused("credit.name", () => MemoryState.Read(state, other.Scheduler.Restore));

        var more = Bench(CreditOptions.Modern, 3);
        more.Run(VirtualTime.Second);
        more.Add(new Busy());
        AssertRefused("credit.vcpus", () => MemoryState.Read(state, more.Scheduler.Restore));
    }

    /// <summary>The checksum of a section is read last, so what is read before may be anything.</summary>
    [Theory]
    [InlineData("vcpus[0].core", 4)]
    [InlineData("vcpus[0].priority", 1)]
    [InlineData("vcpus[0].priority", -64)]
    [InlineData("vcpus[0].credit", long.MinValue)]
    [InlineData("vcpus[0].paidUntil", long.MaxValue)]
    [InlineData("vcpus[0].residue", -1)]
    [InlineData("cores[0].current", 99)]
    [InlineData("epoch", -1)]
    [InlineData("lastTickled", 4)]
    [InlineData("cores[0].balanceNotBefore", long.MaxValue)]
    [InlineData("activeDomains[0].domain", 99)]
    public void A_number_that_cannot_be_is_refused_where_it_is(string field, long value)
    {
        var bench = Bench(CreditOptions.Modern, 3);
        bench.Run(VirtualTime.Second);
        var state = MemoryState.Of(bench.Scheduler.Save);
        var name = System.Text.Encoding.UTF8.GetBytes(field.Split('.')[^1]);
        var position = state.AsSpan().IndexOf((byte[])[2, (byte)name.Length, .. name]);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(position + 2 + name.Length), value);
        AssertRefused($"credit.{field}", () => Restore(bench, state));
    }

    [Fact]
    public void A_vcpu_that_waits_twice_is_refused()
    {
        var scheduler = new CreditScheduler(CreditOptions.Modern);
        var bench = new SchedulerBench(scheduler, 1);
        for (var index = 0; index < 3; index++)
        {
            bench.Add(new Busy());
        }

        bench.Run(VirtualTime.Millisecond);
        var state = MemoryState.Of(scheduler.Save);
        var queue = state.AsSpan().IndexOf((byte[])[7, 5, .. "queue"u8]) + 2 + 5 + sizeof(uint);
        const int ItemBytes = 2 + 4 + sizeof(long);
        state.AsSpan(queue, ItemBytes).CopyTo(state.AsSpan(queue + ItemBytes));
        AssertRefused("credit.cores[0].queue[1].vcpu", () => Restore(bench, state));
    }

    private static void Restore(SchedulerBench bench, byte[] state)
    {
        // A scheduler that has refused is thrown away.
        var fresh = new CreditScheduler(CreditOptions.Modern);
        fresh.Attach(bench, bench.Cores);
        foreach (var vcpu in bench.Vcpus)
        {
            fresh.Add(vcpu.Vcpu);
        }

        MemoryState.Read(state, fresh.Restore);
    }

    private static void AssertRefused(string field, Action restore) =>
        Assert.Equal(field, Assert.Throws<StateRefusedException>(restore).Field);

    private static CreditOptions Options(string vintage) =>
        vintage == "credit" ? CreditOptions.Modern : CreditOptions.Of2009;

    private static SchedulerBench Bench(CreditOptions options, int seed)
    {
        var random = new Random(seed);
        var bench = new SchedulerBench(new CreditScheduler(options), 4);
        for (var index = 0; index < 6; index++)
        {
            var domain = bench.AddDomain(random.Next(100, 600), random.Next(3) == 0 ? random.Next(20, 150) : 0);
            for (var number = 0; number < random.Next(1, 4); number++)
            {
                IVcpuScript script = random.Next(3) == 0
                    ? new Busy()
                    : new RandomSteps((ulong)seed, $"vm-{index}/{number}");
                bench.Add(domain, script, random.Next(4) == 0 ? [random.Next(4), random.Next(4)] : null);
            }
        }

        return bench;
    }
}
