using Vee.Agent.Tests.Racks;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests.Migrations;

/// <summary>Calls about machines that move.</summary>
internal static class MigrationCalls
{
    internal const ulong Number = 77;
    internal const uint Address = 0x0A000010;

    internal static ExpectMachineRequest Expecting(
        CreateMachineRequest machine, string targetHost, string sourceHost = "a", ulong number = Number)
    {
        var expected = machine.Clone();
        (expected.HostUid, expected.Instance) = (targetHost, machine.Instance + 1);
        return new ExpectMachineRequest { Migration = number, SourceHost = sourceHost, Machine = expected };
    }

    internal static MigrateMachineRequest Moving(
        CreateMachineRequest machine, string targetHost, ulong number = Number) => new()
        {
            Migration = number,
            Uid = machine.Uid,
            Instance = machine.Instance,
            TargetHost = targetHost,
            TargetInstance = machine.Instance + 1,
        };

    internal static MigrationRequest Asked(string uid = "vm-1", ulong number = Number) =>
        new() { Migration = number, Uid = uid };

    extension(Protocol.Agent.AgentClient agent)
    {
        internal async Task<MachineState> ExpectAsync(ExpectMachineRequest request) =>
            await agent.ExpectMachineAsync(request, cancellationToken: TestAgent.Token);

        internal async Task<MigrationState> MigrateAsync(MigrateMachineRequest request) =>
            await agent.MigrateMachineAsync(request, cancellationToken: TestAgent.Token);

        internal async Task<MigrationState> InspectAsync(string uid = "vm-1", ulong number = Number) =>
            await agent.InspectMigrationAsync(Asked(uid, number), cancellationToken: TestAgent.Token);

        internal async Task<MigrationState> CancelAsync(string uid = "vm-1", ulong number = Number) =>
            await agent.CancelMigrationAsync(Asked(uid, number), cancellationToken: TestAgent.Token);

        internal async Task<MigrationState> SettleAsync(string uid = "vm-1", ulong number = Number) =>
            await agent.SettleMigrationAsync(Asked(uid, number), cancellationToken: TestAgent.Token);

        /// <param name="failure">Why the target has given up; null if it is gone.</param>
        /// <param name="uid">Of the machine.</param>
        /// <param name="number">Of the migration.</param>
        internal async Task<MigrationState> SettleSourceAsync(
            MigrationFailure? failure, string uid = "vm-1", ulong number = Number) =>
            await agent.SettleSourceAsync(
                new SettleSourceRequest { Migration = number, Uid = uid, TargetFailure = failure },
                cancellationToken: TestAgent.Token);

        internal async Task<MigrationState> LosePagesAsync(string uid = "vm-1", ulong number = Number) =>
            await agent.LosePagesAsync(Asked(uid, number), cancellationToken: TestAgent.Token);

        /// <summary>Until it is over.</summary>
        internal async Task<MigrationState> AwaitMigrationAsync(string uid = "vm-1", ulong number = Number)
        {
            MigrationState? state = null;
            await Wait.ForAsync(
                async () => (state = await agent.InspectAsync(uid, number)).Phase
                    is MigrationPhase.Done or MigrationPhase.Failed,
                "the migration is over");
            return state!;
        }
    }

    /// <summary>Starts a machine of a program of the repository on a host.</summary>
    internal static async Task<(CreateMachineRequest Request, MachineState State)> RunAsync(
        TestRack.Member member, string host, byte[] image, Action<CreateMachineRequest>? change = null)
    {
        await member.Client.UploadAsync(image);
        var request = RequestFor(image);
        request.HostUid = host;
        request.NetworkAddress = Address;
        change?.Invoke(request);
        await member.Client.CreateAsync(request);
        return (request, await member.Client.StartAsync(request.Uid, request.Instance));
    }

    internal static void AssertDone(MigrationState state) =>
        Assert.True(state.Phase == MigrationPhase.Done, $"{state}");
}
