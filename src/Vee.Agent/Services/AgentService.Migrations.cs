using System.Diagnostics;
using Grpc.Core;
using Vee.Protocol;

namespace Vee.Agent.Services;

// Machines that move: to this agent, from it, or within it.
internal sealed partial class AgentService
{
    public override async Task<MachineState> ExpectMachine(ExpectMachineRequest request, ServerCallContext context)
    {
        var number = MigrationRequests.Number(request.Migration);
        var spec = Requests.Machine(request.Machine ?? throw Refused.Invalid("machine is missing"));
        var source = Checked.Text("source_host", request.SourceHost, Checked.NameCharactersMax);
        var program = images.Has(spec.ImageDigest)
            ? await images.LoadAsync(spec.ImageDigest, context.CancellationToken) : default;
        return Reports.Machine(await registry.ExpectAsync(
            spec, number, source, program, Caller(context), context.CancellationToken));
    }

    public override async Task<MigrationState> MigrateMachine(
        MigrateMachineRequest request, ServerCallContext context)
    {
        var (uid, instance) = Requests.Instance(request.Uid, request.Instance);
        var target = Checked.Text("target_host", request.TargetHost, Checked.NameCharactersMax);
        var token = Checked.Range("target_instance", request.TargetInstance, instance + 1, long.MaxValue);
        return MigrationReports.Of(await registry.MigrateAsync(
            uid, instance, MigrationRequests.Number(request.Migration), (target, token),
            MigrationRequests.Options(request.Options ?? new MigrationOptions()), Caller(context),
            context.CancellationToken));
    }

    public override Task<MigrationState> InspectMigration(MigrationRequest request, ServerCallContext context) =>
        Task.FromResult(MigrationReports.Of(registry.InspectMigration(
            Checked.Uid("uid", request.Uid), MigrationRequests.Number(request.Migration))));

    public override async Task<MigrationState> CancelMigration(MigrationRequest request, ServerCallContext context) =>
        MigrationReports.Of(await registry.CancelMigrationAsync(
            Checked.Uid("uid", request.Uid), MigrationRequests.Number(request.Migration), context.CancellationToken));

    public override async Task<MigrationState> LosePages(MigrationRequest request, ServerCallContext context) =>
        MigrationReports.Of(await registry.LosePagesAsync(
            Checked.Uid("uid", request.Uid), MigrationRequests.Number(request.Migration), context.CancellationToken));

    public override async Task<MigrationState> SettleMigration(MigrationRequest request, ServerCallContext context) =>
        MigrationReports.Of(await registry.SettleMigrationAsync(
            Checked.Uid("uid", request.Uid), MigrationRequests.Number(request.Migration), context.CancellationToken));

    public override async Task<MigrationState> SettleSource(SettleSourceRequest request, ServerCallContext context) =>
        MigrationReports.Of(await registry.SettleSourceAsync(
            Checked.Uid("uid", request.Uid), MigrationRequests.Number(request.Migration),
            request.TargetFailure is { } failure ? MigrationRequests.Failure(failure) : null,
            context.CancellationToken));

    private static ActivityContext? Caller(ServerCallContext context) =>
        MigrationTracing.ParentOf(context.RequestHeaders.GetValue(CallHeaders.TraceParent));
}
