using Vee.Hypervisor.Guests;
using Vee.Machines.Linux;

namespace Vee.Hypervisor.Migration;

/// <summary>A machine that is to come.</summary>
/// <param name="Number">Of the migration: the same at both ends, not 0.</param>
/// <param name="Peer">Name of the host that it comes from.</param>
/// <param name="Token">What has to be granted.</param>
/// <param name="MemoryBytes">Its RAM.</param>
/// <param name="Console">Its standard streams.</param>
public sealed record IncomingMachine(
    ulong Number, string Peer, long Token, ulong MemoryBytes, IConsole Console)
{
    /// <summary>Makes the guest of a machine that has come, given what makes the machine.</summary>
    public required Func<Func<Machines.Networking.INetwork, Machines.Storage.IDisk, ProcessMachine>, MachineGuest>
        Make { get; init; }

    /// <summary>Takes a piece of <see cref="OutgoingMachine.Luggage"/>, and says whether it can be one.</summary>
    public Func<ReadOnlyMemory<byte>, bool> TakeLuggage { get; init; } = _ => true;

    /// <summary>What is left of its pages never comes: it cannot go on, for the reason that is given.</summary>
    public Action<string> Lose { get; init; } = _ => { };

    /// <summary>Lets it take its place on the host; it executes from then on.</summary>
    public required Action<MachineGuest> Settle { get; init; }
}
