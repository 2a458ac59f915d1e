using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Net.Client;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;
using Vee.Agent;
using Vee.Api;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Cli.Up;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;
using Vee.ControlPlane;
using Vee.Operator.Agents;
using Vee.Protocol;
using Xunit;

namespace Vee.Cli.Tests.Verbs;

/// <summary>
/// An API server and an agent in this process, with certificates of their own, and no operator: tests write what one
/// would have written.
/// </summary>
public sealed class VerbCluster : IAsyncLifetime
{
    internal const string AgentName = "agent-0";
    private const string HostUid = "host-1";
    private const string ViewerToken = "viewer-token";
    private const long MebiByte = 1L << 20;

    private readonly ScratchDirectory scratch = new();
    private ControlPlaneServer controlPlane = null!;
    private AgentServer agent = null!;
    private GrpcChannel channel = null!;
    private Protocol.Agent.AgentClient calls = null!;
    private KubernetesConnection connection = null!;
    private string digest = "";

    /// <summary>Of somebody who may do everything.</summary>
    internal string Kubeconfig => Path.Combine(scratch.FullName, "kubeconfig");

    /// <summary>Of somebody who may read no Secrets.</summary>
    internal string ViewerKubeconfig => Path.Combine(scratch.FullName, "viewer");

    internal ResourceClient<VirtualMachine> Machines => connection.Resource<VirtualMachine>();

    internal ResourceClient<VirtualMachineMigration> Migrations => connection.Resource<VirtualMachineMigration>();

    internal AgentReference Agent => new()
    {
        Name = AgentName,
        Incarnation = agent.Incarnation,
        Address = agent.Address,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var authority = Authority.Open(Path.Combine(scratch.FullName, "pki"), TimeProvider.System);
        authority.Issue("agent", "agent");
        authority.Issue("operator", Roles.Operator);
        authority.Issue("user", Roles.User);
        var options = new ControlPlaneOptions
        {
            DataDirectory = Path.Combine(scratch.FullName, "control-plane"),
            Users = [new ControlPlaneUser("viewer", ViewerToken)],
            Authorize = static question => question.Resource != "secrets",
        };
        controlPlane = await ControlPlaneServer.StartAsync(
            options, TimeProvider.System, NullLoggerFactory.Instance, Token);
        controlPlane.WriteKubeconfig(Kubeconfig);
        var text = await File.ReadAllTextAsync(Kubeconfig, Token);
        await File.WriteAllTextAsync(
            ViewerKubeconfig, text.Replace(controlPlane.AdminToken, ViewerToken, StringComparison.Ordinal), Token);
        await ClusterSetup.ApplyAsync(Kubeconfig, authority, TimeProvider.System, Token);
        connection = ClusterSetup.Connect(Kubeconfig, TimeProvider.System);

        agent = await StartAgentAsync(authority);
        channel = AgentChannel.Open(agent.Address, new AgentCredentials(
            authority.File, authority.CertificateFile("operator"), authority.KeyFile("operator")));
        calls = new Protocol.Agent.AgentClient(channel);
        await PrepareAgentAsync();
    }

    /// <summary>Makes a machine whose guest is the probe, and lets it run.</summary>
    internal async Task<VirtualMachine> RunAsync(string name, params string[] arguments)
    {
        var machine = await CreateAsync(name);
        var uid = machine.Metadata.Uid;
        await calls.CreateMachineAsync(
            new CreateMachineRequest
            {
                Uid = uid,
                Instance = 1,
                Namespace = "default",
                Name = name,
                HostUid = HostUid,
                Type = MachineType.Process,
                ImageDigest = digest,
                ProgramName = "probe",
                VcpuCount = 1,
                MemoryBytes = 16 * MebiByte,
                Arguments = { arguments },
                ConsoleLogBytes = 64 * 1024,
                Seed = 1,
                SpecHash = "hash",
            },
            cancellationToken: Token);
        await calls.StartMachineAsync(new MachineRequest { Uid = uid, Instance = 1 }, cancellationToken: Token);
        return await WriteStatusAsync(machine, Ready("True", Reasons.Running, "executes") with
        {
            PrintableStatus = "Running",
            HostName = "rack-1",
            Agent = Agent,
            Instance = 1,
        });
    }

    /// <summary>Ends the guest of a machine.</summary>
    internal async Task EndAsync(VirtualMachine machine) => await calls.StopMachineAsync(
        new StopMachineRequest { Uid = machine.Metadata.Uid, Instance = 1 }, cancellationToken: Token);

    /// <summary>Waits until the guest of a machine has ended.</summary>
    internal Task AwaitEndAsync(string name) => WaitForAsync(
        async () =>
        {
            using var watch = calls.Watch(new WatchRequest(), cancellationToken: Token);
            return await watch.ResponseStream.MoveNext(Token) && watch.ResponseStream.Current.Inventory.Machines
                .Any(machine => machine.Name == name && machine.Phase == MachinePhase.Ended);
        },
        $"the end of {name}");

    /// <summary>Makes an object without a status.</summary>
    internal Task<VirtualMachine> CreateAsync(string name, Func<VirtualMachineSpec, VirtualMachineSpec>? change = null)
    {
        var spec = new VirtualMachineSpec
        {
            Source = new SourceSpec { Image = new ImageSpec { Builtin = "hello" } },
            Memory = new MemorySpec { Size = "16Mi" },
        };
        return Machines.CreateAsync(
            new VirtualMachine
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
                Spec = change?.Invoke(spec) ?? spec,
            },
            Token);
    }

    internal Task<VirtualMachine> GetAsync(string name) => Machines.GetAsync(new ObjectKey("default", name), Token);

    /// <summary>Writes what an operator would have written about the newest spec.</summary>
    internal async Task<VirtualMachine> WriteStatusAsync(VirtualMachine machine, VirtualMachineStatus status)
    {
        var newest = await GetAsync(machine.Metadata.Name);
        newest.Status = status with { ObservedGeneration = newest.Metadata.Generation };
        return await Machines.ApplyStatusAsync(newest, new ApplyOptions { FieldManager = "test-operator" }, Token);
    }

    /// <summary>A status with one condition.</summary>
    internal static VirtualMachineStatus Ready(string status, string reason, string message) => new()
    {
        Conditions = [Condition(ConditionTypes.Ready, status, reason, message)],
    };

    internal static V1Condition Condition(string type, string status, string reason, string message = "") => new()
    {
        Type = type,
        Status = status,
        Reason = reason,
        Message = message,
        LastTransitionTime = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
    };

    /// <summary><c>vee</c> with these arguments, about this cluster.</summary>
    internal Task<Outcome> VeeAsync(params string[] arguments) => VeeAsync(arguments, input: "");

    internal Task<Outcome> VeeAsync(string[] arguments, string input) =>
        VeeProcess.RunAsync(Repository.Vee, [.. arguments, "--kubeconfig", Kubeconfig], input);

    /// <summary>Waits for a state, with a deadline.</summary>
    internal static async Task WaitForAsync(Func<Task<bool>> condition, string what)
    {
        var limit = TimeSpan.FromSeconds(30);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < limit, $"{what}: not within {limit.TotalSeconds} s");
            await Task.Delay(20, Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        connection?.Dispose();
        channel?.Dispose();
        if (agent is not null)
        {
            await agent.DisposeAsync();
        }

        if (controlPlane is not null)
        {
            await controlPlane.DisposeAsync();
        }

        scratch.Dispose();
    }

    private async Task<AgentServer> StartAgentAsync(Authority authority)
    {
        using var random = RandomNumberGenerator.Create();
        return await AgentServer.StartAsync(
            new AgentOptions
            {
                Name = AgentName,
                DataDirectory = Path.Combine(scratch.FullName, "agent"),
                MemoryBytesMax = 1L << 30,
                CoreCount = 2,
                StopGracePeriod = TimeSpan.Zero,
                Certificates = new CertificateOptions
                {
                    AuthorityFile = authority.File,
                    CertificateFile = authority.CertificateFile("agent"),
                    KeyFile = authority.KeyFile("agent"),
                },
            },
            random, Metrics.NewCustomRegistry(), TimeProvider.System, NullLoggerFactory.Instance, Token);
    }

    private async Task PrepareAgentAsync()
    {
        var image = await File.ReadAllBytesAsync(Repository.Probe, Token);
        digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(image));
        using var upload = calls.UploadImage(cancellationToken: Token);
        await upload.RequestStream.WriteAsync(
            new ImageChunk { Header = new ImageHeader { Digest = digest, SizeBytes = image.Length } }, Token);
        await upload.RequestStream.WriteAsync(new ImageChunk { Data = ByteString.CopyFrom(image) }, Token);
        await upload.RequestStream.CompleteAsync();
        await upload.ResponseAsync;
        await calls.CreateHostAsync(
            new CreateHostRequest
            {
                Uid = HostUid,
                Name = "rack-1",
                MemoryBytes = 1L << 30,
                Cores = { new CoreGroup { Name = "all", Count = 4, FrequencyMhz = 1000 } },
            },
            cancellationToken: Token);
    }
}

/// <summary>Tests that share the cluster; each has machines of its own.</summary>
[CollectionDefinition]
public sealed class VerbTests : ICollectionFixture<VerbCluster>;
