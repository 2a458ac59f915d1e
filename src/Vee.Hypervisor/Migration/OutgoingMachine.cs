using Vee.Hypervisor.Guests;

namespace Vee.Hypervisor.Migration;

/// <summary>A machine and where it is to go.</summary>
/// <param name="Number">Of the migration: the same at both ends, not 0.</param>
/// <param name="Guest">The machine.</param>
/// <param name="Peer">Name of the host that expects it; linked to this one.</param>
/// <param name="Token">What is granted.</param>
public sealed record OutgoingMachine(ulong Number, MachineGuest Guest, string Peer, long Token)
{
    /// <summary>
    /// What goes along and is none of the machine's: asked for when pages begin to go, for what has been added since
    /// when the machine stands still, and for the rest when it is the target's.
    /// </summary>
    public Func<LuggageStage, byte[]> Luggage { get; init; } = _ => [];
}

/// <summary>When luggage is asked for. Zero is invalid.</summary>
public enum LuggageStage
{
    /// <summary>No stage.</summary>
    None = 0,

    /// <summary>Pages begin to go.</summary>
    First,

    /// <summary>The machine stands still.</summary>
    Still,

    /// <summary>The machine is the target's.</summary>
    Last,
}
