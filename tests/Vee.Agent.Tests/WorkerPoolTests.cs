using Vee.Agent.Scheduling;
using Vee.Agent.Tests.Support;
using Xunit;

namespace Vee.Agent.Tests;

/// <summary>Turns of workers on few threads.</summary>
public sealed class WorkerPoolTests
{
    [Fact]
    public async Task No_wake_up_is_lost_and_no_worker_has_two_turns_at_once()
    {
        using var pool = new WorkerPool(3, TimeProvider.System);
        var workers = Enumerable.Range(0, 20).Select(_ => new CountingWorker()).ToArray();
        var seats = workers.Select(pool.Add).ToArray();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(
            () =>
            {
                var random = new Random(seed);
                for (var wake = 0; wake < 5000; wake++)
                {
                    var index = random.Next(workers.Length);
                    Interlocked.Increment(ref workers[index].Asked);
                    pool.Wake(seats[index], random.Next(4) == 0);
                }
            },
            TestAgent.Token)));

        await Wait.ForAsync(
            () => workers.All(worker => Volatile.Read(ref worker.Seen) == worker.Asked), "all has been seen");
        Assert.All(workers, worker => Assert.False(worker.HasOverlapped));
    }

    [Fact]
    public async Task Worker_wakes_at_its_time_also_beside_busy_ones()
    {
        using var pool = new WorkerPool(1, TimeProvider.System);
        pool.Wake(pool.Add(new BusyWorker()));
        var sleeper = new SleepingWorker(TimeSpan.FromMilliseconds(50));
        pool.Wake(pool.Add(sleeper));

        await Wait.ForAsync(() => sleeper.TurnCount >= 5, "it has woken by itself");

        Assert.True(sleeper.IsAlwaysOnTime);
    }

    private sealed class CountingWorker : IWorker
    {
        internal int Asked;
        internal int Seen;
        private int inside;

        internal bool HasOverlapped { get; private set; }

        public Turn TakeTurn()
        {
            HasOverlapped |= Interlocked.Increment(ref inside) != 1;
            Volatile.Write(ref Seen, Volatile.Read(ref Asked));
            Interlocked.Decrement(ref inside);
            return Turn.WhenWoken;
        }
    }

    private sealed class BusyWorker : IWorker
    {
        public Turn TakeTurn() => Turn.Again;
    }

    private sealed class SleepingWorker(TimeSpan pause) : IWorker
    {
        private long due;
        private int turnCount;

        internal int TurnCount => Volatile.Read(ref turnCount);

        internal bool IsAlwaysOnTime { get; private set; } = true;

        public Turn TakeTurn()
        {
            var now = TimeProvider.System.GetTimestamp();
            IsAlwaysOnTime &= now >= due;
            Interlocked.Increment(ref turnCount);
            due = now + (long)(pause.TotalSeconds * TimeProvider.System.TimestampFrequency);
            return Turn.Until(due);
        }
    }
}
