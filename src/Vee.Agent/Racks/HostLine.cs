using System.Collections.Concurrent;
using Vee.Agent.Equipment;
using Vee.Hypervisor.Hosts;

namespace Vee.Agent.Racks;

/// <summary>A machine as the rack of its host sees it. Used in turns of the rack.</summary>
internal interface IRackGuest
{
    /// <summary>Time stands: it is still, whatever is wished of it.</summary>
    void HoldStill();

    /// <summary>Time passes again.</summary>
    void GoOn();

    /// <summary>Finds out what has become of it; between two windows.</summary>
    void LookAfter();

    /// <summary>Ends it if the wall's time for it is up.</summary>
    /// <param name="timestamp">The wall's, now.</param>
    void StopIfDue(long timestamp);

    /// <summary>Ends it for a defect of this program.</summary>
    void Fail(Exception failure);
}

/// <summary>A simulated host on the line of time of its rack.</summary>
/// <param name="uid">The host.</param>
/// <param name="host">What is simulated. Touched only in turns of its rack.</param>
/// <param name="isPaced">Whether its time is never ahead of the wall's.</param>
internal sealed class HostLine(string uid, Host host, bool isPaced)
{
    // Its own, so that its order stays when another rack takes the host over.
    private readonly ConcurrentQueue<Action> work = new();
    private volatile Rack? rack;
    private volatile TimeState time = new(TimeView.Passes);

    internal string Uid { get; } = uid;

    internal Host Host { get; } = host;

    internal bool IsPaced { get; } = isPaced;

    /// <summary>Its machines that have not ended. Touched only in turns of its rack.</summary>
    internal List<IRackGuest> Guests { get; } = [];

    /// <summary>What it has beside machines.</summary>
    internal HostEquipment Equipment { get; } = new(host);

    /// <summary>
    /// Whether simulating it has shown a defect of this program: it stands still for good. Touched only in turns of its
    /// rack.
    /// </summary>
    internal bool HasFailed { get; set; }

    /// <summary>How far it may come if it is free-running. Touched only in turns of its rack.</summary>
    internal long Horizon { get; set; }

    /// <summary>The rack that simulates it.</summary>
    internal Rack Rack
    {
        get => rack!;
        set => rack = value;
    }

    /// <summary>How its time is. Set in turns of its rack.</summary>
    internal TimeView Time
    {
        get => time.View;
        set => time = new TimeState(value);
    }

    /// <summary>Whether somebody has left work.</summary>
    internal bool HasWork => !work.IsEmpty;

    /// <summary>Leaves work to be done with it, in the order in which it is left; any thread may.</summary>
    internal void Post(Action task, bool isUrgent = false)
    {
        work.Enqueue(task);
        Rack.Wake(isUrgent);
    }

    /// <summary>Does what was left. Called in turns of its rack.</summary>
    internal void DoWork()
    {
        while (work.TryDequeue(out var task))
        {
            task();
        }
    }

    private sealed record TimeState(TimeView View);
}
