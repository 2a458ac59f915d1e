using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Vee.Agent.Tests.Support;
using Vee.Protocol;

namespace Vee.Agent.Tests.Racks;

/// <summary>Agents of one authority, in this process or in processes of their own.</summary>
internal sealed class TestRack : IAsyncDisposable
{
    private const long Second = 1_000_000_000;

    private readonly Authority authority = new();
    private readonly List<IAsyncDisposable> owned = [];
    private readonly List<GrpcChannel> channels = [];

    internal Authority Authority => authority;

    /// <summary>Starts an agent in this process.</summary>
    internal async Task<Member> StartAsync(string name)
    {
        var scratch = Prepare(name);
        var server = await TestAgent.StartServerAsync(TestAgent.OptionsIn(scratch.Root, name));
        owned.Add(server);
        return Join(name, server.Address, null);
    }

    /// <summary>Starts an agent in a process of its own.</summary>
    internal async Task<Member> StartProcessAsync(string name)
    {
        var process = AgentProcess.Start(Prepare(name).Root, name);
        owned.Add(new Owned(process));
        return Join(name, await process.AddressAsync(), process);
    }

    internal Protocol.Agent.AgentClient Call(string address, X509Certificate2 certificate)
    {
        channels.Add(TestAgent.Open(address, certificate, authority));
        return new Protocol.Agent.AgentClient(channels[^1]);
    }

    /// <summary>The plan of hosts that are linked in a row.</summary>
    internal static SetRackRequest PlanOf(
        long generation, LinkProfile wire, params (string Agent, string Address, string[] Hosts)[] members)
    {
        var hosts = members.SelectMany(member => member.Hosts).ToArray();
        var plan = new SetRackRequest { Uid = "rack", Generation = generation };
        plan.Members.AddRange(members.Select(member => new RackMember
        {
            Agent = member.Agent,
            Address = member.Address,
            Hosts = { member.Hosts.Select(host => new RackHost { Uid = host, Name = host }) },
        }));
        plan.Links.AddRange(hosts.Zip(
            hosts.Skip(1), (from, to) => new RackLink { From = from, To = to, Forward = wire }));
        return plan;
    }

    internal static async Task AwaitTimeAsync(Protocol.Agent.AgentClient agent, string host, long until) =>
        await Wait.ForAsync(
            async () => (await InspectAsync(agent, host)).VirtualTimeNs >= until,
            $"{host} has come to {until / Second} s", TimeSpan.FromMinutes(3));

    internal static async Task<HostInspection> InspectAsync(Protocol.Agent.AgentClient agent, string host) =>
        await agent.InspectHostAsync(new InspectHostRequest { Uid = host }, cancellationToken: TestAgent.Token);

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        foreach (var one in owned.AsEnumerable().Reverse())
        {
            await one.DisposeAsync();
        }

        authority.Dispose();
    }

    private ScratchDirectory Prepare(string name)
    {
        var scratch = new ScratchDirectory();
        owned.Add(new Owned(scratch));
        TestAgent.WriteCertificates(scratch, authority, name);
        return scratch;
    }

    private Member Join(string name, string address, AgentProcess? process) =>
        new(name, address, Call(address, authority.Client()), process);

    /// <summary>An agent of the rack.</summary>
    internal sealed record Member(
        string Name, string Address, Protocol.Agent.AgentClient Client, AgentProcess? Process);

    private sealed class Owned(IDisposable resource) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            resource.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
