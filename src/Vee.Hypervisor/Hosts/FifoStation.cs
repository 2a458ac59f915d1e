using Vee.Hypervisor.Events;
using Vee.Hypervisor.Measuring;
using Vee.Machines.State;

namespace Vee.Hypervisor.Hosts;

/// <summary>A device that serves one request after another, in the order in which they come.</summary>
public sealed class FifoStation
{
    private const int PassingMax = 1 << 20;

    private readonly StationMeter meter = new();
    private readonly Queue<(long ArrivedAt, long ServedAt)> passing = new();
    private long freeAt;
    private long busyPlanned;

    /// <summary>Who is in it.</summary>
    public StationMeter MeterAt(long now)
    {
        Settle(now);
        return meter;
    }

    /// <summary>Bytes that were asked for.</summary>
    public long Bytes { get; private set; }

    /// <summary>When it has served all that it has.</summary>
    public long FreeAt => freeAt;

    /// <summary>Nanoseconds until now in which it served.</summary>
    public long BusyTime(long now) => busyPlanned - Math.Max(0, freeAt - now);

    /// <summary>Takes a request.</summary>
    /// <param name="now">Virtual time.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="service">Nanoseconds that it is served for.</param>
    /// <returns>When it will have been served.</returns>
    internal long Enter(long now, long bytes, long service)
    {
        meter.Arrive(now);
        Bytes = bytes > long.MaxValue - Bytes ? long.MaxValue : Bytes + bytes;
        var start = Math.Max(now, freeAt);
        freeAt = VirtualTime.After(start, service);
        // To the end of time at the most, so that it does not pass it.
        busyPlanned += freeAt - start;
        return freeAt;
    }

    /// <summary>Takes a request of which nobody needs to hear when it has been served.</summary>
    /// <returns>When it will have been served.</returns>
    internal long Pass(long now, long bytes, long service)
    {
        Settle(now);
        var served = Enter(now, bytes, service);
        passing.Enqueue((now, served));
        return served;
    }

    /// <summary>A request has been served.</summary>
    internal void Leave(long now, long arrivedAt) => meter.Depart(now, arrivedAt);

    internal void Save(StateWriter state, long now)
    {
        // Who has left by now is counted only when somebody comes or looks.
        Settle(now);
        state.Int64("freeAt", freeAt);
        state.Int64("busyPlanned", busyPlanned);
        state.Int64("bytes", Bytes);
        meter.Save(state);
        state.List("passing", passing, static (to, item) =>
        {
            to.Int64("arrivedAt", item.ArrivedAt);
            to.Int64("servedAt", item.ServedAt);
        });
    }

    internal void Restore(StateReader state)
    {
        freeAt = state.Int64("freeAt", 0);
        busyPlanned = state.Int64("busyPlanned", 0);
        Bytes = state.Int64("bytes", 0);
        meter.Restore(state);
        passing.Clear();
        state.List("passing", PassingMax, (from, _) =>
            passing.Enqueue((from.Int64("arrivedAt", 0), from.Int64("servedAt", 0))));
    }

    private void Settle(long now)
    {
        while (passing.TryPeek(out var first) && first.ServedAt <= now)
        {
            passing.Dequeue();
            meter.Depart(first.ServedAt, first.ArrivedAt);
        }
    }
}
