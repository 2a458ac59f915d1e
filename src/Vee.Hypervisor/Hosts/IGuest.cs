using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Randomness;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Hypervisor.Hosts;

/// <summary>Something with vCPUs that a host runs: a machine, a synthetic guest, or the host's own work.</summary>
public interface IGuest
{
    /// <summary>Its vCPUs, which all block at first.</summary>
    IReadOnlyList<IVcpu> Vcpus { get; }

    /// <summary>Called once, at the instant at which it comes to the host.</summary>
    void Start(IGuestPort port);

    /// <summary>Something is due that it asked for: a timer or a transfer.</summary>
    /// <param name="kind">As it was given when it was asked for.</param>
    /// <param name="argument">As it was given when it was asked for.</param>
    void Notify(int kind, long argument);

    /// <summary>Writes all it knows.</summary>
    void Save(StateWriter state);

    /// <summary>Takes over what an equal guest has saved.</summary>
    void Restore(StateReader state);
}

/// <summary>A guest with an address.</summary>
public interface INetworkGuest : IGuest
{
    /// <summary>IPv4, unique in the rack.</summary>
    uint Address { get; }

    /// <summary>A way of its own to those who are in no rack; null for none. It is asked before the host's.</summary>
    INetwork? Outside => null;

    /// <summary>Takes a message that has arrived.</summary>
    void Deliver(NetworkMessage message);
}

/// <summary>A vCPU as its host executes it, in steps.</summary>
/// <remarks>
/// At the beginning of a step it says how long it will execute, and it has done so when the step ends. What it does to
/// others, it does at the end of a step. A step that can be divided may end at any instant before; one that cannot is
/// the least that is executed at a time, and whatever wants its core waits for its end.
/// </remarks>
public interface IVcpu
{
    /// <summary>Begins to execute.</summary>
    /// <param name="core">What executes it.</param>
    /// <param name="start">When: now, or later if the core has to turn to it first.</param>
    VcpuStep Begin(CoreClass core, long start);

    /// <summary>Ends what was begun.</summary>
    /// <param name="elapsed">Nanoseconds that it executed: the step's duration, or less if it was divided.</param>
    VcpuOutcome End(long elapsed);
}

/// <summary>What a vCPU executes at a time.</summary>
/// <param name="Duration">Nanoseconds on its core; 0 when there is nothing to execute after all.</param>
/// <param name="IsDivisible">Whether it may end at any instant.</param>
public readonly record struct VcpuStep(long Duration, bool IsDivisible);

/// <summary>What a vCPU wants after a step.</summary>
public enum VcpuOutcome : byte
{
    /// <summary>No outcome.</summary>
    None = 0,

    /// <summary>To execute on.</summary>
    GoOn,

    /// <summary>To wait until its guest wakes it.</summary>
    Block,

    /// <summary>To execute on after others.</summary>
    Yield,
}

/// <summary>What a guest may ask of its host.</summary>
public interface IGuestPort
{
    /// <summary>Virtual time.</summary>
    long Now { get; }

    /// <summary>Lets a vCPU run that is blocked; nothing if it is not.</summary>
    void Wake(int vcpu);

    /// <summary>Asks to be notified.</summary>
    /// <param name="at">When, not before now.</param>
    /// <param name="kind">Given back.</param>
    /// <param name="argument">Given back.</param>
    void SetTimer(long at, int kind, long argument);

    /// <summary>Transfers to or from the host's disk, and notifies when it is done.</summary>
    /// <param name="bytes">How many, at least 0.</param>
    /// <param name="kind">Given back.</param>
    /// <param name="argument">Given back.</param>
    void UseDisk(long bytes, int kind, long argument);

    /// <summary>Whether anybody can be reached at an address.</summary>
    bool HasRoute(uint address);

    /// <summary>Sends a message over the host's network.</summary>
    /// <param name="message">What.</param>
    /// <param name="at">When, not before now.</param>
    void Send(NetworkMessage message, long at);

    /// <summary>Leaves the host.</summary>
    /// <param name="at">When, after what is due then already; not before now.</param>
    void Leave(long at);

    /// <summary>The host's cores of a name; null when there are none.</summary>
    CoreClass? CoreNamed(string name);

    /// <summary>Random numbers of its own.</summary>
    /// <param name="purpose">Unique within the guest.</param>
    internal RandomStream Random(string purpose);
}
