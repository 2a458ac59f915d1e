using System.Globalization;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Protocol;
using MachinePhase = Vee.Operator.Decisions.MachinePhase;
using MachineType = Vee.Protocol.MachineType;

namespace Vee.Operator.Mapping;

/// <summary>What agents say, in the words of decisions.</summary>
internal static class AgentMapping
{
    public static MachineView ToView(this MachineState state) => new()
    {
        Uid = state.Uid,
        Instance = state.Instance,
        HostUid = state.HostUid,
        Phase = state.Phase switch
        {
            Protocol.MachinePhase.Created => MachinePhase.Created,
            Protocol.MachinePhase.Running => MachinePhase.Running,
            Protocol.MachinePhase.Paused => MachinePhase.Paused,
            Protocol.MachinePhase.Stopping => MachinePhase.Stopping,
            Protocol.MachinePhase.Ended => MachinePhase.Ended,
            Protocol.MachinePhase.Expected => MachinePhase.Expected,
            Protocol.MachinePhase.GivenAway => MachinePhase.GivenAway,
            _ => throw new InvalidDataException($"machine {state.Uid} has phase {state.Phase}, which is none"),
        },
        Ending = state.End?.ToEnding(),
        Ports = [.. state.Ports.Select(p => new PortView(p.Name, p.Port, p.Address))],
        ImageDigest = state.ImageDigest,
        SpecHash = state.SpecHash,
        StartedAt = state.StartedAtWallMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(state.StartedAtWallMs),
    };

    public static HostView ToView(this HostState state, DateTimeOffset now) =>
        new(state.Uid, state.Name, state.MemoryBytes) { Time = state.Time.ToView(now) };

    /// <summary>The type as the API spells it; null for one that this program does not know.</summary>
    public static string? ToApi(this MachineType type) => type switch
    {
        MachineType.Process => MachineTypes.Process,
        MachineType.System => MachineTypes.System,
        _ => null,
    };

    public static MachineType ToProtocol(string machineType) => machineType switch
    {
        MachineTypes.Process => MachineType.Process,
        MachineTypes.System => MachineType.System,
        _ => throw new ArgumentException($"'{machineType}' is no type of machine", nameof(machineType)),
    };

    /// <summary>The reason of a failed call's trailer.</summary>
    public static AgentRefusalKind ToKind(string reason) => reason switch
    {
        Refusal.StaleInstance => AgentRefusalKind.StaleInstance,
        Refusal.UnknownImage => AgentRefusalKind.UnknownImage,
        Refusal.UnknownHost => AgentRefusalKind.UnknownHost,
        Refusal.UnknownMachine => AgentRefusalKind.UnknownMachine,
        Refusal.InvalidImage => AgentRefusalKind.InvalidImage,
        Refusal.WrongArchitecture => AgentRefusalKind.WrongArchitecture,
        Refusal.ImageTooLarge => AgentRefusalKind.ImageTooLarge,
        Refusal.HostFull => AgentRefusalKind.HostFull,
        Refusal.AgentFull => AgentRefusalKind.AgentFull,
        Refusal.HostDiffers => AgentRefusalKind.HostDiffers,
        Refusal.HostInUse => AgentRefusalKind.HostInUse,
        Refusal.PortUnavailable => AgentRefusalKind.PortUnavailable,
        Refusal.MachineTypeUnsupported => AgentRefusalKind.MachineTypeUnsupported,
        Refusal.AddressUnavailable => AgentRefusalKind.AddressUnavailable,
        Refusal.StaleRack => AgentRefusalKind.StaleRack,
        Refusal.Migrating => AgentRefusalKind.Migrating,
        Refusal.NotLinked => AgentRefusalKind.NotLinked,
        Refusal.NotMovable => AgentRefusalKind.NotMovable,
        Refusal.UnknownMigration => AgentRefusalKind.UnknownMigration,
        Refusal.MigrationCommitted => AgentRefusalKind.MigrationCommitted,
        Refusal.NotFetching => AgentRefusalKind.NotFetching,
        Refusal.NotReady => AgentRefusalKind.NotReady,
        Refusal.OtherIncarnation => AgentRefusalKind.OtherIncarnation,
        _ => AgentRefusalKind.Other,
    };

    private static MachineEnding ToEnding(this MachineEnd end) => new(end.Reason.ToString(), end.Message)
    {
        ExitCode = end.Reason == MachineEndReason.Exited ? end.ExitStatus : null,
        Signal = end.Signal.Length == 0 ? null : end.Signal,
        Pc = end.HasPc ? Hexadecimal(end.Pc) : null,
        Symbol = end.Symbol.Length == 0 ? null : end.Symbol,
        Address = end.HasAddress ? Hexadecimal(end.Address) : null,
        EndedAt = end.EndedAtWallMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(end.EndedAtWallMs),
        WasAsked = end.WasAsked,
    };

    private static string Hexadecimal(ulong value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");
}
