using System.Globalization;
using Vee.Api.SimulatedHosts;
using Vee.Operator.Decisions.Racks;
using Vee.Operator.Mapping;
using Xunit;

namespace Vee.Operator.Tests.Decisions.Racks;

/// <summary>Whatever changes in whatever order: agents refuse nothing, and have the right racks in the end.</summary>
public sealed class RackModelTests
{
    private const int HostsMax = 6;

    private readonly RackCase hosts = new();
    private readonly Dictionary<string, ModelAgent> agents = new()
    {
        ["x"] = new(),
        ["y"] = new(),
        ["z"] = new(),
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Agents_have_the_racks_that_links_make(int seed)
    {
        // Only for choices of a test.
#pragma warning disable CA5394
        var random = new Random(seed);
        for (var step = 0; step < 3000; step++)
        {
            if (random.Next(4) == 0)
            {
                Change(random);
            }

            // Any host may be visited at any time, or not for long, by an operator that dies after the write.
            foreach (var host in hosts.All.Where(_ => random.Next(3) == 0).ToList())
            {
                Visit(host.Metadata.Name, isAlive: random.Next(5) != 0);
            }

            if (step % 50 == 0)
            {
                Check();
            }
        }
#pragma warning restore CA5394
    }

    private void Change(Random random)
    {
#pragma warning disable CA5394
        var name = string.Create(CultureInfo.InvariantCulture, $"h{random.Next(HostsMax)}");
        if (hosts.All.All(h => h.Metadata.Name != name))
        {
            hosts.Host(name, agents.Keys.ElementAt(random.Next(agents.Count)));
            return;
        }

        var host = hosts[name];
        switch (random.Next(5))
        {
            case 0:
                agents[host.Status!.Agent!.Name].Forget(host.Metadata.Uid);
                hosts.Remove(name);
                break;
            case 1:
                Restart(host.Status!.Agent!.Name);
                break;
            default:
                var peers = hosts.All.Select(h => h.Metadata.Name).Where(n => n != name && random.Next(4) == 0);
                hosts.Change(name, s => s with { Links = [.. peers.Select(p => new LinkSpec { To = p })] });
                break;
        }
#pragma warning restore CA5394
    }

    private void Restart(string agent)
    {
        agents[agent].Restart();
        foreach (var host in hosts.All.Where(h => h.Status!.Agent!.Name == agent).ToList())
        {
            hosts.Status(
                host.Metadata.Name, s => s with { Agent = RackCase.AgentOf(agent, agents[agent].StartCount) });
        }
    }

    private void Visit(string name, bool isAlive)
    {
        if (hosts.Visit(name) is { Telling: { } plan, Rack: { } rack } && isAlive)
        {
            var request = RackMapping.ToRequest(plan, rack);
            agents[hosts[name].Status!.Agent!.Name].SetRack(hosts[name].Status!.Agent!.Name, request);
        }
    }

    private void Check()
    {
        for (var round = 0; round < 6; round++)
        {
            foreach (var host in hosts.All)
            {
                Visit(host.Metadata.Name, isAlive: true);
            }
        }

        foreach (var host in hosts.All)
        {
            var plan = RackPlan.Of(host, hosts.All)!;
            var has = agents[host.Status!.Agent!.Name].RackOf(host.Metadata.Uid);
            var expected = plan.Members.Select(m => m.Metadata.Uid).Order(StringComparer.Ordinal);
            Assert.Equal(expected, has?.Hosts ?? [host.Metadata.Uid]);
            if (plan.Members.Count > 1)
            {
                Assert.Single(plan.Members.Select(
                    m => agents[m.Status!.Agent!.Name].RackOf(m.Metadata.Uid)!.Generation).Distinct());
            }
        }
    }

    private sealed record ModelRack(string Uid, long Generation, IReadOnlyList<string> Hosts);

    /// <summary>What an agent does with plans, and nothing else of it.</summary>
    private sealed class ModelAgent
    {
        private readonly Dictionary<string, ModelRack> byHost = [];
        private readonly Dictionary<string, long> generations = [];

        internal int StartCount { get; private set; } = 1;

        internal ModelRack? RackOf(string host) => byHost.GetValueOrDefault(host);

        internal void Restart()
        {
            StartCount++;
            byHost.Clear();
            generations.Clear();
        }

        internal void Forget(string host)
        {
            if (byHost.Remove(host, out var rack))
            {
                Dissolve(rack);
            }
        }

        internal void SetRack(string name, Protocol.SetRackRequest request)
        {
            var known = generations.GetValueOrDefault(request.Uid);
            Assert.False(known > request.Generation, $"plan {request.Generation} of {request.Uid} is stale: {known}");
            if (known == request.Generation)
            {
                return;
            }

            var rack = new ModelRack(request.Uid, request.Generation,
                [.. request.Members.SelectMany(m => m.Hosts).Select(h => h.Uid).Order(StringComparer.Ordinal)]);
            var own = request.Members.Single(m => m.Agent == name).Hosts.Select(h => h.Uid).ToList();
            foreach (var old in byHost.Where(h => own.Contains(h.Key) || h.Value.Uid == rack.Uid).Select(h => h.Value)
                .Distinct().ToList())
            {
                Dissolve(old);
            }

            generations[rack.Uid] = rack.Generation;
            own.ForEach(host => byHost[host] = rack);
        }

        private void Dissolve(ModelRack rack)
        {
            foreach (var host in byHost.Where(h => h.Value == rack).Select(h => h.Key).ToList())
            {
                byHost.Remove(host);
            }
        }
    }
}
