using Vee.Machines.State;

namespace Vee.Hypervisor.Measuring;

/// <summary>How many are in a station and for how long: enough to check Little's law to the nanosecond.</summary>
/// <remarks>
/// The integral of the number present is kept by what happens at each arrival and departure, the times spent by each
/// one's own arrival. Both count the same thing in different ways.
/// </remarks>
public sealed class StationMeter
{
    private long lastChange;
    private Int128 presentSum;
    private Int128 arrivalSum;
    private Int128 departedSum;

    /// <summary>Present now.</summary>
    public long Present { get; private set; }

    /// <summary>Came so far.</summary>
    public long Arrivals { get; private set; }

    /// <summary>Left so far.</summary>
    public long Departures { get; private set; }

    /// <summary>One comes.</summary>
    /// <param name="now">Virtual time.</param>
    public void Arrive(long now)
    {
        Pass(now);
        Present++;
        Arrivals++;
        arrivalSum += now;
    }

    /// <summary>One leaves.</summary>
    /// <param name="now">Virtual time.</param>
    /// <param name="arrivedAt">When it came.</param>
    public void Depart(long now, long arrivedAt)
    {
        Pass(now);
        Present--;
        Departures++;
        arrivalSum -= arrivedAt;
        departedSum += now - arrivedAt;
    }

    /// <summary>The integral of the number present until now, in nanoseconds.</summary>
    public Int128 PresentTime(long now) => presentSum + ((Int128)Present * (now - lastChange));

    /// <summary>The times that all who came have spent here until now, in nanoseconds.</summary>
    public Int128 TimeSpent(long now) => departedSum + ((Int128)Present * now) - arrivalSum;

    internal void Save(StateWriter state)
    {
        state.Int64("present", Present);
        state.Int64("arrivals", Arrivals);
        state.Int64("departures", Departures);
        state.Int64("lastChange", lastChange);
        Save(state, "presentSum", presentSum);
        Save(state, "arrivalSum", arrivalSum);
        Save(state, "departedSum", departedSum);
    }

    internal void Restore(StateReader state)
    {
        Present = state.Int64("present", 0);
        Arrivals = state.Int64("arrivals", 0);
        Departures = state.Int64("departures", 0);
        lastChange = state.Int64("lastChange", 0);
        presentSum = Read(state, "presentSum");
        arrivalSum = Read(state, "arrivalSum");
        departedSum = Read(state, "departedSum");
    }

    private void Pass(long now)
    {
        presentSum += (Int128)Present * (now - lastChange);
        lastChange = now;
    }

    private static void Save(StateWriter state, string name, Int128 value)
    {
        state.Int64(name, (long)(value >> 64));
        state.UInt64(name, (ulong)(value & ulong.MaxValue));
    }

    private static Int128 Read(StateReader state, string name) =>
        ((Int128)state.Int64(name) << 64) | state.UInt64(name);
}
