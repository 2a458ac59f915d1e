using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Vee.Protocol;
using Xunit;

namespace Vee.Agent.Tests.Support;

/// <summary>Calls as tests make them, with defaults for what a test does not care about.</summary>
internal static class MachineCalls
{
    internal const long MebiByte = 1L << 20;
    internal const string HostUid = "host-1";

    internal static string DigestOf(byte[] image) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(image));

    extension(Protocol.Agent.AgentClient agent)
    {
        internal async Task<HostState> CreateHostAsync(
            string uid = HostUid, long memoryBytes = 4096 * MebiByte, int megahertz = 1000) =>
            await agent.CreateHostAsync(
                new CreateHostRequest
                {
                    Uid = uid,
                    Name = uid,
                    MemoryBytes = memoryBytes,
                    Cores = { new CoreGroup { Name = "all", Count = 4, FrequencyMhz = megahertz } },
                },
                cancellationToken: TestAgent.Token);

        internal async Task DeleteHostAsync(string uid = HostUid) => await agent.DeleteHostAsync(
            new DeleteHostRequest { Uid = uid }, cancellationToken: TestAgent.Token);

        internal async Task<MachineState> CreateAsync(CreateMachineRequest request) =>
            await agent.CreateMachineAsync(request, cancellationToken: TestAgent.Token);

        internal async Task<MachineState> StartAsync(string uid = "vm-1", long instance = 1) =>
            await agent.StartMachineAsync(MachineOf(uid, instance), cancellationToken: TestAgent.Token);

        internal async Task<MachineState> PauseAsync(string uid = "vm-1", long instance = 1) =>
            await agent.PauseMachineAsync(MachineOf(uid, instance), cancellationToken: TestAgent.Token);

        internal async Task<MachineState> ResumeAsync(string uid = "vm-1", long instance = 1) =>
            await agent.ResumeMachineAsync(MachineOf(uid, instance), cancellationToken: TestAgent.Token);

        internal async Task<MachineState> StopAsync(long graceMs, string uid = "vm-1", long instance = 1) =>
            await agent.StopMachineAsync(
                new StopMachineRequest { Uid = uid, Instance = instance, GracePeriodWallMs = graceMs },
                cancellationToken: TestAgent.Token);

        internal async Task DeleteAsync(string uid = "vm-1", long instance = 1) =>
            await agent.DeleteMachineAsync(MachineOf(uid, instance), cancellationToken: TestAgent.Token);

        internal async Task<AgentDescription> DescribeAsync(int version = ProtocolVersion.Current) =>
            await agent.DescribeAsync(
                new DescribeRequest { ProtocolVersion = version }, cancellationToken: TestAgent.Token);

        internal async Task<string> UploadAsync(byte[] image, string? digest = null, int chunkBytes = 64 * 1024)
        {
            digest ??= DigestOf(image);
            using var call = agent.UploadImage(cancellationToken: TestAgent.Token);
            await call.RequestStream.WriteAsync(
                new ImageChunk { Header = new ImageHeader { Digest = digest, SizeBytes = image.Length } },
                TestAgent.Token);
            try
            {
                foreach (var chunk in image.Chunk(chunkBytes))
                {
                    await call.RequestStream.WriteAsync(
                        new ImageChunk { Data = ByteString.CopyFrom(chunk) }, TestAgent.Token);
                }

                await call.RequestStream.CompleteAsync();
            }
            catch (RpcException)
            {
                // An agent that refuses early does not read to the end; its answer says why.
            }

            await call;
            return digest;
        }

        /// <summary>Makes a host, an image and a machine, and starts it.</summary>
        internal async Task<MachineState> RunAsync(
            byte[] image, string uid = "vm-1", Action<CreateMachineRequest>? change = null)
        {
            await agent.CreateHostAsync();
            return await agent.RunOnAsync(image, uid, change);
        }

        /// <summary>Makes an image and a machine on a host that is there, and starts it.</summary>
        internal async Task<MachineState> RunOnAsync(
            byte[] image, string uid = "vm-1", Action<CreateMachineRequest>? change = null)
        {
            await agent.UploadAsync(image);
            var request = RequestFor(image, uid);
            change?.Invoke(request);
            await agent.CreateAsync(request);
            return await agent.StartAsync(request.Uid, request.Instance);
        }

        /// <summary>The machine as the inventory has it; null when it is not there.</summary>
        internal async Task<MachineState?> LookAsync(string uid)
        {
            using var watch = agent.Watch(new WatchRequest(), cancellationToken: TestAgent.Token);
            await watch.ResponseStream.MoveNext(TestAgent.Token);
            return watch.ResponseStream.Current.Inventory.Machines.SingleOrDefault(machine => machine.Uid == uid);
        }

        /// <summary>The host as the inventory has it.</summary>
        internal async Task<HostState> HostAsync(string uid)
        {
            using var watch = agent.Watch(new WatchRequest(), cancellationToken: TestAgent.Token);
            await watch.ResponseStream.MoveNext(TestAgent.Token);
            return watch.ResponseStream.Current.Inventory.Hosts.Single(host => host.Uid == uid);
        }

        internal async Task<MachineStatistics> MeasureAsync(string uid)
        {
            using var watch = agent.Watch(
                new WatchRequest { StatisticsIntervalWallMs = 100 }, cancellationToken: TestAgent.Token);
            while (await watch.ResponseStream.MoveNext(TestAgent.Token))
            {
                if (watch.ResponseStream.Current.Statistics is { } statistics)
                {
                    return statistics.Machines.Single(machine => machine.Uid == uid);
                }
            }

            throw new InvalidOperationException("The watch ended.");
        }

        internal async Task<MachineEnd> AwaitEndAsync(string uid = "vm-1")
        {
            MachineState? state = null;
            await Wait.ForAsync(
                async () => (state = await agent.LookAsync(uid))?.Phase == MachinePhase.Ended, $"{uid} has ended");
            return state!.End;
        }

        internal async Task<string> LogAsync(string uid = "vm-1", int tailLines = 0, long instance = 0)
        {
            using var call = agent.ReadLog(
                new ReadLogRequest { Uid = uid, TailLines = tailLines, Instance = instance },
                cancellationToken: TestAgent.Token);
            var text = new StringBuilder();
            await foreach (var output in call.ResponseStream.ReadAllAsync(TestAgent.Token))
            {
                text.Append(output.Data?.Data.ToStringUtf8());
            }

            return $"{text}";
        }
    }

    internal static MachineRequest MachineOf(string uid, long instance = 1) => new() { Uid = uid, Instance = instance };

    internal static CreateMachineRequest RequestFor(byte[] image, string uid = "vm-1", long instance = 1) => new()
    {
        Uid = uid,
        Instance = instance,
        Namespace = "default",
        Name = uid,
        HostUid = HostUid,
        Type = MachineType.Process,
        ImageDigest = DigestOf(image),
        ProgramName = "program",
        VcpuCount = 1,
        MemoryBytes = 16 * MebiByte,
        ConsoleLogBytes = 64 * 1024,
        Seed = 1,
        SpecHash = "hash",
    };

    internal static async Task<string> RefusalOfAsync(StatusCode status, Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(call);
        Assert.True(status == refusal.StatusCode, $"{refusal.Status}");
        return refusal.Trailers.GetValue(Refusal.Trailer) ?? refusal.Status.Detail;
    }
}
