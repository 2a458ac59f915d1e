using Vee.Hypervisor.Measuring;
using Vee.Hypervisor.Scheduling;
using Vee.Machines.State;

namespace Vee.Hypervisor.Hosts;

/// <summary>A vCPU on a host: what its guest executes, what the scheduler sees, and where its time went.</summary>
public sealed class HostVcpu
{
    private const int StateCount = 4;

    private readonly long[] times = new long[StateCount];
    private long since;
    private long wokeAt = -1;

    internal HostVcpu(HostGuest guest, IVcpu program, SchedulerVcpu scheduled, long now)
    {
        Guest = guest;
        Program = program;
        Scheduled = scheduled;
        since = now;
    }

    /// <summary>Whose it is.</summary>
    public HostGuest Guest { get; }

    /// <summary>As the scheduler sees it.</summary>
    public SchedulerVcpu Scheduled { get; }

    /// <summary>Nanoseconds from being woken to executing, by wake, since the meters were reset.</summary>
    public LatencyHistogram WakeToRun { get; private set; } = new();

    /// <summary>Nanoseconds from being preempted to executing on, each time, since the meters were reset.</summary>
    public LatencyHistogram Steal { get; private set; } = new();

    /// <summary>What it does now.</summary>
    public RunState State { get; private set; } = RunState.Blocked;

    /// <summary>Nanoseconds for which cores were turned to it and did not execute it yet; part of Running.</summary>
    public long SwitchTime { get; internal set; }

    internal IVcpu Program { get; }

    /// <summary>Nanoseconds until now that it was in a state.</summary>
    public long TimeIn(RunState state, long now) => times[(int)state] + (State == state ? now - since : 0);

    /// <summary>Forgets how long wakes took: what comes now counts.</summary>
    public void ResetMeters() => (WakeToRun, Steal) = (new(), new());

    internal void Enter(RunState state, long now)
    {
        times[(int)State] += now - since;
        if (State == RunState.Blocked && state == RunState.Runnable)
        {
            wokeAt = now;
        }
        else if (state == RunState.Running && wokeAt >= 0)
        {
            WakeToRun.Add(now - wokeAt);
            wokeAt = -1;
        }
        else if (State == RunState.Runnable && state == RunState.Running)
        {
            Steal.Add(now - since);
        }

        State = state;
        since = now;
    }

    internal void Save(StateWriter state)
    {
        state.UInt64("state", (ulong)State);
        state.Int64("since", since);
        state.Int64("wokeAt", wokeAt);
        state.Int64("switchTime", SwitchTime);
        state.Int64("running", times[(int)RunState.Running]);
        state.Int64("runnable", times[(int)RunState.Runnable]);
        state.Int64("blocked", times[(int)RunState.Blocked]);
        state.Int64("offline", times[(int)RunState.Offline]);
        state.Int64("lastCore", Scheduled.LastCore);
        state.Int64("lastRunEdge", Scheduled.LastRunEdge);
        WakeToRun.Save(state);
        Steal.Save(state);
    }

    internal void Restore(StateReader state, int coreCount)
    {
        State = (RunState)state.UInt64("state", StateCount - 1);
        since = state.Int64("since", 0);
        wokeAt = state.Int64("wokeAt", -1);
        SwitchTime = state.Int64("switchTime", 0);
        times[(int)RunState.Running] = state.Int64("running", 0);
        times[(int)RunState.Runnable] = state.Int64("runnable", 0);
        times[(int)RunState.Blocked] = state.Int64("blocked", 0);
        times[(int)RunState.Offline] = state.Int64("offline", 0);
        Scheduled.LastCore = state.Int32("lastCore", -1, coreCount - 1);
        Scheduled.LastRunEdge = state.Int64("lastRunEdge", 0);
        Scheduled.IsRunnable = State is RunState.Running or RunState.Runnable;
        Scheduled.IsRunning = State == RunState.Running;
        WakeToRun.Restore(state);
        Steal.Restore(state);
    }
}

/// <summary>A guest on a host.</summary>
public sealed class HostGuest
{
    internal HostGuest(int index, SchedulingDomain domain, IGuest program, IGuestPort port)
    {
        Index = index;
        Domain = domain;
        Program = program;
        Port = port;
    }

    /// <summary>Unique among the guests that its host has: the least that was free when it came.</summary>
    public int Index { get; }

    /// <summary>As the scheduler sees it.</summary>
    public SchedulingDomain Domain { get; }

    /// <summary>Hundredths of a core that it takes at most; 0 for no limit.</summary>
    public int CapPercent
    {
        get => Domain.CapPercent;
        set => Domain.CapPercent = value;
    }

    /// <summary>What it is.</summary>
    public IGuest Program { get; }

    /// <summary>Its vCPUs, by number.</summary>
    public IReadOnlyList<HostVcpu> Vcpus { get; internal set; } = [];

    /// <summary>Whether it has not gone yet.</summary>
    public bool IsHere { get; internal set; } = true;

    internal IGuestPort Port { get; }
}
