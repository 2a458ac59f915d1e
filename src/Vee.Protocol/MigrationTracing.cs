using System.Diagnostics;

namespace Vee.Protocol;

/// <summary>What operator and agents agree on, so that each writes its part of one trace of a migration.</summary>
/// <remarks>Spans are made only while somebody listens to <see cref="Source"/>.</remarks>
public static class MigrationTracing
{
    /// <summary>Name of the source of all spans.</summary>
    public const string SourceName = "vee.migration";

    /// <summary>Attribute: the machine's namespace.</summary>
    public const string MachineNamespace = "vee.machine.namespace";

    /// <summary>Attribute: the machine's name.</summary>
    public const string MachineName = "vee.machine.name";

    /// <summary>Attribute: the machine's uid.</summary>
    public const string MachineUid = "vee.machine.uid";

    /// <summary>Attribute: number of the attempt.</summary>
    public const string Number = "vee.migration.number";

    /// <summary>Attribute: how long it took in virtual time, microseconds. Spans themselves are in wall time.</summary>
    public const string VirtualMicroseconds = "vee.virtual_us";

    /// <summary>Where spans come from.</summary>
    public static ActivitySource Source { get; } = new(SourceName);

    /// <summary>The span that a caller's <see cref="CallHeaders.TraceParent"/> names.</summary>
    /// <param name="traceParent">The header; null if there was none.</param>
    /// <returns>Null when there is none, it is not what W3C says, or its trace is not recorded.</returns>
    public static ActivityContext? ParentOf(string? traceParent) =>
        ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var parent)
            && parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
            ? parent : null;
}
