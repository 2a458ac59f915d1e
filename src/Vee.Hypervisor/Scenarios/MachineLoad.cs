using System.Diagnostics;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Randomness;
using Vee.Machines.Linux;
using Vee.Machines.Networking;
using Vee.Machines.Storage;

namespace Vee.Hypervisor.Scenarios;

/// <summary>A guest that executes a program, instruction by instruction.</summary>
/// <param name="Program">What it executes.</param>
/// <param name="Harts">Its vCPUs.</param>
/// <param name="Memory">Bytes of RAM.</param>
public sealed record MachineLoad(ScenarioProgram Program, int Harts, long Memory) : GuestLoad
{
    /// <summary>The program's arguments after its name. One character per byte.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Its environment beside PATH and HOME, as NAME=value. One character per byte.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Its address; null for a machine without a network.</summary>
    public uint? Address { get; init; }

    /// <inheritdoc/>
    internal override uint? OwnAddress => Address;

    /// <inheritdoc/>
    internal override bool HasVcpus => true;

    /// <inheritdoc/>
    internal override long MemoryBytes => Memory;

    /// <summary>Why there is no such machine; empty when there is.</summary>
    internal string Refusal()
    {
        using var machine = TryCreate(null, null, seed: 0, out var refusal);
        return refusal;
    }

    /// <inheritdoc/>
    internal override IGuest Create(int vcpuCount, RandomStream random) => new MachineGuest(
        Address ?? 0,
        (network, disk) => TryCreate(Address is null ? null : network, disk, random.Next(), out var refusal)
            ?? throw new UnreachableException($"a machine that was possible is not any more: {refusal}"));

    private ProcessMachine? TryCreate(INetwork? network, IDisk? disk, ulong seed, out string refusal)
    {
        var name = GuestText.FromHost(Program.Name[(Program.Name.LastIndexOfAny(['/', ':']) + 1)..]);
        var options = new ProcessOptions
        {
            Arguments = [name, .. Arguments],
            ProgramPath = $"/{name}",
            Environment = GuestEnvironment.Build(Environment, terminalType: null),
            MemoryBytes = (ulong)Memory,
            HartCount = Harts,
            Seed = seed,
            Network = network,
            Disk = disk,
        };
        return ProcessMachine.TryCreate(
            Program.Bytes, Address is { } own ? options with { NetworkAddress = own } : options, new ConsoleDigest(),
            out refusal);
    }
}
