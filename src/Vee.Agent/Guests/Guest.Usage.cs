namespace Vee.Agent.Guests;

// What a machine has used, as its turns have published it.
internal sealed partial class Guest
{
    /// <summary>What it has used; any thread may ask.</summary>
    internal GuestUsage Usage
    {
        get
        {
            var retiredCount = Volatile.Read(ref retired);
            return new GuestUsage
            {
                RetiredCount = retiredCount,
                VirtualNanoseconds = Math.Max(machine.Age, Volatile.Read(ref reached)),
                BusyNanoseconds = (long)parts.Time.GetElapsedTime(0, Volatile.Read(ref busyTimestamps))
                    .TotalNanoseconds,
                LagNanoseconds = view.Phase is GuestPhase.Running or GuestPhase.Stopping ? host.Line.Rack.Lag : 0,
                ResidentBytes = !IsOver
                    ? Volatile.Read(ref presentPages) * Machines.Memory.PageNumber.Bytes : 0,
                NetworkBytesIn = fittings.Traffic.BytesIn,
                NetworkBytesOut = fittings.Traffic.BytesOut,
                DiskBytesRead = Volatile.Read(ref diskReadBytes),
                DiskBytesWritten = Volatile.Read(ref diskWrittenBytes),
            };
        }
    }

    /// <summary>The same without what it had used when it came to this agent; any thread may ask.</summary>
    internal GuestUsage UsageHere
    {
        get
        {
            var usage = Usage;
            return usage with
            {
                RetiredCount = usage.RetiredCount - Volatile.Read(ref retiredBefore),
                VirtualNanoseconds = usage.VirtualNanoseconds - Volatile.Read(ref reachedBefore),
            };
        }
    }
}
