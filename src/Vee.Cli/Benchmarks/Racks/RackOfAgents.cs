using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;
using Vee.Agent;
using Vee.Cli.Up;
using Vee.Operator.Agents;
using Vee.Protocol;

namespace Vee.Cli.Benchmarks.Racks;

/// <summary>Agents of this process that simulate two linked hosts with programs that send to each other.</summary>
internal sealed class RackOfAgents : IAsyncDisposable
{
    private const long MemoryBytes = 256L << 20;
    private const int MachineBytes = 32 << 20;
    private const uint FirstAddress = 0x0A000010;

    private readonly List<AgentServer> servers = [];
    private readonly List<GrpcChannel> channels = [];
    private readonly DirectoryInfo directory;
    private readonly TimeProvider time;
    private int round;

    private RackOfAgents(DirectoryInfo directory, TimeProvider time)
    {
        this.directory = directory;
        this.time = time;
    }

    private static string[] Hosts { get; } = ["a", "b"];

    /// <summary>Starts agents, each with an equal part of this computer.</summary>
    /// <param name="count">1 or 2.</param>
    /// <param name="time">The wall's.</param>
    internal static async Task<RackOfAgents> StartAsync(int count, TimeProvider time)
    {
        var rack = new RackOfAgents(Directory.CreateTempSubdirectory("vee-rack-"), time);
        using var authority = Authority.Open(rack.directory.FullName, time);
        authority.Issue("operator", Roles.Operator);
        for (var index = 0; index < count; index++)
        {
            await rack.AddAsync(authority, $"agent-{index + 1}", Environment.ProcessorCount / count);
        }

        return rack;
    }

    /// <summary>Simulates new hosts for some time.</summary>
    /// <param name="streamer">The program.</param>
    /// <param name="latency">Nanoseconds of virtual time between the hosts.</param>
    /// <param name="until">Nanoseconds of virtual time.</param>
    internal async Task<RackRun> SimulateAsync(byte[] streamer, long latency, long until)
    {
        round++;
        for (var host = 0; host < Hosts.Length; host++)
        {
            await CreateAsync(host, streamer);
        }

        var plan = PlanOf(latency);
        foreach (var channel in channels)
        {
            await Client(channel).SetRackAsync(plan);
        }

        var start = time.GetTimestamp();
        foreach (var (index, host) in Hosts.Index())
        {
            await ClientOf(index).AdvanceTimeAsync(
                new AdvanceTimeRequest { HostUid = UidOf(host), UntilVirtualNs = until });
        }

        HostInspection inspection;
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), time);
            inspection = await ClientOf(1).InspectHostAsync(new InspectHostRequest { Uid = UidOf(Hosts[1]) });
        }
        while (inspection.VirtualTimeNs < until);

        var took = time.GetElapsedTime(start);
        for (var host = 0; host < Hosts.Length; host++)
        {
            await DeleteAsync(host);
        }

        return new RackRun(took, inspection.Windows, inspection.Events);
    }

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }

        directory.Delete(recursive: true);
    }

    private static Protocol.Agent.AgentClient Client(GrpcChannel channel) => new(channel);

    private Protocol.Agent.AgentClient ClientOf(int host) => Client(channels[host % channels.Count]);

    private string UidOf(string host) => $"{host}-{round}";

    private async Task AddAsync(Authority authority, string name, int cores)
    {
        authority.Issue(name, Roles.Agent);
        var options = new AgentOptions
        {
            Name = name,
            DataDirectory = Path.Combine(directory.FullName, $"{name}.data"),
            MemoryBytesMax = 2 * MemoryBytes,
            CoreCount = Math.Max(1, cores),
            StopGracePeriod = TimeSpan.Zero,
            Certificates = new CertificateOptions
            {
                AuthorityFile = authority.File,
                CertificateFile = authority.CertificateFile(name),
                KeyFile = authority.KeyFile(name),
            },
        };
        using var random = RandomNumberGenerator.Create();
        servers.Add(await AgentServer.StartAsync(
            options, random, Metrics.NewCustomRegistry(), time, NullLoggerFactory.Instance, CancellationToken.None));
        channels.Add(AgentChannel.Open(servers[^1].Address, new AgentCredentials(
            authority.File, authority.CertificateFile("operator"), authority.KeyFile("operator"))));
    }

    private async Task CreateAsync(int host, byte[] streamer)
    {
        var agent = ClientOf(host);
        await agent.CreateHostAsync(new CreateHostRequest
        {
            Uid = UidOf(Hosts[host]),
            Name = Hosts[host],
            MemoryBytes = MemoryBytes,
            Cores = { new CoreGroup { Name = "all", Count = 1, FrequencyMhz = 1000 } },
            TimeMode = TimeMode.FreeRunning,
        });
        var digest = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(streamer))}";
        await UploadAsync(agent, digest, streamer);
        var other = 1 - host;
        string[][] arguments =
        [
            ["--to", $"10.0.0.{16 + (2 * other)}:5000", "--rate", "1000", "--bytes", "1200"],
            ["--receive", "5000"],
        ];
        for (var part = 0; part < arguments.Length; part++)
        {
            var uid = $"{UidOf(Hosts[host])}-{part}";
            await agent.CreateMachineAsync(new CreateMachineRequest
            {
                Uid = uid,
                Instance = 1,
                Namespace = "bench",
                Name = uid,
                HostUid = UidOf(Hosts[host]),
                Type = MachineType.Process,
                ImageDigest = digest,
                ProgramName = "streamer",
                VcpuCount = 1,
                MemoryBytes = MachineBytes,
                Arguments = { arguments[part] },
                ConsoleLogBytes = 4096,
                NetworkAddress = FirstAddress + (uint)((2 * host) + 1 - part),
            });
            await agent.StartMachineAsync(new MachineRequest { Uid = uid, Instance = 1 });
        }
    }

    private static async Task UploadAsync(Protocol.Agent.AgentClient agent, string digest, byte[] image)
    {
        using var call = agent.UploadImage();
        await call.RequestStream.WriteAsync(
            new ImageChunk { Header = new ImageHeader { Digest = digest, SizeBytes = image.Length } });
        foreach (var chunk in image.Chunk(128 * 1024))
        {
            await call.RequestStream.WriteAsync(new ImageChunk { Data = ByteString.CopyFrom(chunk) });
        }

        await call.RequestStream.CompleteAsync();
        await call;
    }

    private SetRackRequest PlanOf(long latency)
    {
        var plan = new SetRackRequest { Uid = $"rack-{round}", Generation = 1 };
        plan.Members.AddRange(servers.Select((server, index) => new RackMember
        {
            Agent = $"agent-{index + 1}",
            Address = server.Address,
            Hosts =
            {
                Hosts.Where((_, host) => host % servers.Count == index)
                    .Select(host => new RackHost { Uid = UidOf(host), Name = host }),
            },
        }));
        plan.Links.Add(new RackLink
        {
            From = Hosts[0],
            To = Hosts[1],
            Forward = new LinkProfile { BitsPerSecond = 1_000_000_000, LatencyVirtualNs = latency },
        });
        return plan;
    }

    private async Task DeleteAsync(int host)
    {
        var agent = ClientOf(host);
        for (var part = 0; part < 2; part++)
        {
            await agent.DeleteMachineAsync(
                new MachineRequest { Uid = $"{UidOf(Hosts[host])}-{part}", Instance = 1 });
        }

        await agent.DeleteHostAsync(new DeleteHostRequest { Uid = UidOf(Hosts[host]) });
    }
}

/// <summary>What simulating a rack took.</summary>
/// <param name="Took">Of the wall's time.</param>
/// <param name="Windows">In which all hosts were in step.</param>
/// <param name="Events">That happened on one host.</param>
internal sealed record RackRun(TimeSpan Took, long Windows, long Events);
