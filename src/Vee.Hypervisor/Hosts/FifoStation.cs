using Vee.Hypervisor.Events;
using Vee.Hypervisor.Measuring;
using Vee.Machines.State;

namespace Vee.Hypervisor.Hosts;

/// <summary>A device that serves one request after another, in the order in which they come.</summary>
public sealed class FifoStation
{
    private readonly StationMeter meter = new();
    private long freeAt;
    private long busyPlanned;

    /// <summary>Who is in it.</summary>
    public StationMeter Meter => meter;

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
        Bytes += bytes;
        freeAt = VirtualTime.After(Math.Max(now, freeAt), service);
        busyPlanned += service;
        return freeAt;
    }

    /// <summary>A request has been served.</summary>
    internal void Leave(long now, long arrivedAt) => meter.Depart(now, arrivedAt);

    internal void Save(StateWriter state)
    {
        state.Int64("freeAt", freeAt);
        state.Int64("busyPlanned", busyPlanned);
        state.Int64("bytes", Bytes);
        meter.Save(state);
    }

    internal void Restore(StateReader state)
    {
        freeAt = state.Int64("freeAt", 0);
        busyPlanned = state.Int64("busyPlanned", 0);
        Bytes = state.Int64("bytes", 0);
        meter.Restore(state);
    }
}
