using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Vee.Api.Migrations;
using Vee.Operator.Decisions.Migrations;
using Vee.Protocol;

namespace Vee.Operator.Acting;

/// <summary>
/// The operator's part of a migration's trace: its root, which all spans of agents are part of. The ids of both follow
/// from the object's uid, so nothing has to be remembered from the first call to an agent until the end.
/// </summary>
internal static class MigrationTrace
{
    private const string Name = "migration";
    private const int TraceIdBytes = 16;
    private const int SpanIdBytes = 8;
    private const long MicrosecondsPerMillisecond = 1000;

    /// <summary>The root as agents are told of it.</summary>
    /// <returns>W3C trace context; null while nobody listens.</returns>
    public static string? ParentOf(VirtualMachineMigration migration)
    {
        if (!MigrationTracing.Source.HasListeners())
        {
            return null;
        }

        var (trace, span) = IdsOf(migration);
        return $"00-{trace}-{span}-01";
    }

    /// <summary>Writes the root if the status that was just written is the first that says the end.</summary>
    /// <param name="input">What was decided on, with the status before.</param>
    /// <param name="status">The status that was written.</param>
    public static void WriteIfOver(MigrationInput input, VirtualMachineMigrationStatus status)
    {
        var migration = input.Migration;
        if (!MigrationPhases.IsFinal(status.Phase) || MigrationPhases.IsFinal(migration.Status?.Phase)
            || status.StartTime is not { } start)
        {
            return;
        }

        var (trace, span) = IdsOf(migration);
        using var root = MigrationTracing.Source.StartActivity(
            Name, ActivityKind.Internal, new ActivityContext(trace, default, ActivityTraceFlags.Recorded),
            AttributesOf(input, status), links: null, new DateTimeOffset(start.ToUniversalTime()));
        if (root is null)
        {
            return;
        }

        SpanIdOf(root) = span.ToHexString();
        if (status.Phase != MigrationPhases.Succeeded)
        {
            root.SetStatus(ActivityStatusCode.Error, status.Failure?.Reason);
        }

        root.SetEndTime(input.Now.UtcDateTime);
    }

    private static (ActivityTraceId Trace, ActivitySpanId Span) IdsOf(VirtualMachineMigration migration)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"trace/{migration.Metadata.Uid}"));
        return (
            ActivityTraceId.CreateFromBytes(hash.AsSpan(0, TraceIdBytes)),
            ActivitySpanId.CreateFromBytes(hash.AsSpan(TraceIdBytes, SpanIdBytes)));
    }

    private static IEnumerable<KeyValuePair<string, object?>> AttributesOf(
        MigrationInput input, VirtualMachineMigrationStatus status)
    {
        yield return new("vee.migration.namespace", input.Migration.Metadata.NamespaceProperty);
        yield return new("vee.migration.name", input.Migration.Metadata.Name);
        yield return new("vee.migration.uid", input.Migration.Metadata.Uid);
        yield return new("vee.migration.phase", status.Phase);
        yield return new("vee.migration.attempts", status.Attempts);
        yield return new(MigrationTracing.Number, status.Number);
        yield return new(MigrationTracing.MachineNamespace, input.Migration.Metadata.NamespaceProperty);
        yield return new(MigrationTracing.MachineName, input.Spec.VirtualMachineName);
        yield return new(MigrationTracing.MachineUid, input.Uid);
        if (status.Result is { } result)
        {
            yield return new(
                MigrationTracing.VirtualMicroseconds, result.TotalVirtualMs * MicrosecondsPerMillisecond);
        }
    }

    // The runtime makes up the id of each span, and has no other way to say one. A runtime without this field fails
    // with a MissingFieldException, and MigrationTraceTests with it.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_spanId")]
    private static extern ref string? SpanIdOf(Activity activity);
}
