using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;
using Vee.Protocol;
using Xunit;

namespace Vee.Cli.Tests.Faults;

/// <summary>Machines as their user wants them, and whether they are so.</summary>
internal sealed class Fleet(FaultCluster cluster, Random random)
{
    private const int MachinesMax = 10;

    /// <summary>
    /// A lease that nobody gave back (15 s), the longest request (30 s), and a watch that is dead without a sign
    /// (90 s).
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    private readonly Dictionary<string, VirtualMachine> wanted = [];

    /// <summary>How many changes were asked for.</summary>
    internal int Changes { get; private set; }

    private ResourceClient<VirtualMachine> Machines => cluster.Connection.Resource<VirtualMachine>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Hosts with more room than all machines need.</summary>
    internal async Task MakeHostsAsync(int count)
    {
        for (var number = 0; number < count; number++)
        {
            var host = new SimulatedHost
            {
                Metadata = new V1ObjectMeta { Name = string.Create(CultureInfo.InvariantCulture, $"host-{number}") },
                Spec = new SimulatedHostSpec
                {
                    Hardware = new HardwareSpec
                    {
                        Cores = [new Vee.Api.SimulatedHosts.CoreGroup { Name = "all", Count = MachinesMax }],
                        Memory = new HostMemory { Size = "256Mi" },
                    },
                },
            };
            await cluster.Connection.Resource<SimulatedHost>().CreateAsync(host, Token);
        }
    }

    /// <summary>Asks for one change, by chance.</summary>
    internal Task ChangeAsync()
    {
        Changes++;
        var name = string.Create(CultureInfo.InvariantCulture, $"machine-{random.Next(MachinesMax)}");
        if (!wanted.ContainsKey(name))
        {
            return CreateAsync(name);
        }

        return random.Next(5) switch
        {
            0 => DeleteAsync(name),
            1 => PatchAsync(name, """{"spec":{"runStrategy":"Halted"}}"""),
            2 => PatchAsync(name, """{"spec":{"paused":true}}"""),
            _ => PatchAsync(name, """{"spec":{"runStrategy":"Always","paused":false}}"""),
        };
    }

    internal async Task CreateAsync(string name)
    {
        var machine = new VirtualMachine
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
            Spec = new VirtualMachineSpec
            {
                Source = new SourceSpec { Image = new ImageSpec { Builtin = "kvstore" } },
                Memory = new MemorySpec { Size = "16Mi" },
                Ports = [new PortSpec { Name = "redis", Port = 6379 }],
            },
        };
        try
        {
            wanted[name] = await Machines.CreateAsync(machine, Token);
        }
        catch (KubernetesApiException error) when (error.Status == HttpStatusCode.Conflict)
        {
            // One of this name is still on its way out.
        }
    }

    internal async Task DeleteAsync(string name)
    {
        wanted.Remove(name);
        await Machines.DeleteAsync(new ObjectKey("default", name), new DeleteOptions(), Token);
    }

    internal async Task PatchAsync(string name, string patch) =>
        wanted[name] = await Machines.PatchAsync(
            new ObjectKey("default", name), ResourcePatch.Merge(JsonNode.Parse(patch)!), subresource: null, Token);

    internal Task<VirtualMachine> GetAsync(string name) => Machines.GetAsync(new ObjectKey("default", name), Token);

    /// <summary>Waits until an instance of a machine runs, whatever else is.</summary>
    internal async Task AwaitInstanceAsync(string name, long? instance)
    {
        var watch = Stopwatch.StartNew();
        while ((await GetAsync(name)).Status is not { PrintableStatus: "Running", Ports: [{ Address: not null }, ..] } s
            || s.Instance != instance)
        {
            Assert.True(watch.Elapsed < Patience, $"instance {instance} of {name} does not run");
            await Task.Delay(50, Token);
        }
    }

    /// <summary>States that a host is gone for good, or is not.</summary>
    internal Task SetOutOfServiceAsync(string host, bool isOut) =>
        cluster.Connection.Resource<SimulatedHost>().PatchAsync(
            new ObjectKey("", host), ResourcePatch.Merge(new { spec = new { outOfService = isOut } }),
            subresource: null, Token);

    /// <summary>Waits until everything is as it should be.</summary>
    internal async Task SettleAsync(ITestOutputHelper output)
    {
        var watch = Stopwatch.StartNew();
        IReadOnlyList<string> differences;
        while ((differences = await DifferencesAsync()).Count > 0)
        {
            if (watch.Elapsed > Patience)
            {
                output.WriteLine(cluster.Logs());
                Assert.Fail($"after {Patience.TotalSeconds} s:\n{string.Join('\n', differences)}");
            }

            await Task.Delay(200, Token);
        }

        output.WriteLine($"as wanted after {watch.Elapsed.TotalSeconds:0.0} s");
    }

    /// <summary>Everything that is not as it should be, one line each.</summary>
    private async Task<IReadOnlyList<string>> DifferencesAsync()
    {
        var problems = new List<string>();
        var inventories = new List<Inventory>();
        for (var agent = 0; agent < cluster.Agents.Count; agent++)
        {
            inventories.Add(await cluster.InventoryAsync(agent) ?? new Inventory());
        }

        var onAgents = inventories.SelectMany(i => i.Machines.Select(m => (i.Incarnation, Machine: m))).ToList();
        var objects = await Machines.ListAsync(ResourceScope.All, Token).ToListAsync(Token);
        problems.AddRange(objects.Where(o => !wanted.ContainsKey(o.Metadata.Name))
            .Select(o => $"{o.Metadata.Name} is still there"));
        problems.AddRange(onAgents.Where(m => objects.All(o => o.Metadata.Uid != m.Machine.Uid))
            .Select(m => $"{m.Machine.Name} on an agent is nobody's"));
        foreach (var name in wanted.Keys.Where(n => objects.All(o => o.Metadata.Name != n)))
        {
            problems.Add($"{name} is lost");
        }

        foreach (var machine in objects.Where(o => wanted.ContainsKey(o.Metadata.Name)))
        {
            var its = onAgents.Where(m => m.Machine.Uid == machine.Metadata.Uid).ToList();
            if (await ProblemAsync(machine, its) is { } problem)
            {
                problems.Add($"{machine.Metadata.Name}: {problem}; status {machine.Status?.PrintableStatus} instance "
                    + $"{machine.Status?.Instance} on {machine.Status?.Agent?.Name}");
            }
        }

        await foreach (var host in cluster.Connection.Resource<SimulatedHost>().ListAsync(ResourceScope.All, Token))
        {
            if (inventories.Sum(i => i.Hosts.Count(h => h.Uid == host.Metadata.Uid)) != 1)
            {
                problems.Add($"{host.Metadata.Name} is not on exactly one agent");
            }
        }

        return problems;
    }

    private static async Task<string?> ProblemAsync(
        VirtualMachine machine, List<(string Incarnation, MachineState Machine)> its)
    {
        var spec = machine.Spec;
        var expected = spec.RunStrategy == RunStrategies.Halted ? "Halted" : spec.Paused == true ? "Paused" : "Running";
        if (machine.Status?.PrintableStatus != expected || machine.Status.ObservedGeneration is null)
        {
            return $"should be {expected}";
        }

        if (expected == "Halted")
        {
            return its.Count == 0 ? null : $"{its.Count} on agents";
        }

        if (its is not [var (incarnation, one)] || one.Instance != machine.Status.Instance
            || incarnation != machine.Status.Agent?.Incarnation)
        {
            return $"on agents: {string.Join(", ", its.Select(i => $"{i.Machine.Instance} {i.Machine.Phase}"))}";
        }

        if (expected == "Paused")
        {
            return one.Phase == MachinePhase.Paused ? null : $"on its agent {one.Phase}";
        }

        return await AnswerAsync(machine) is "+PONG" ? null : "does not answer";
    }

    /// <summary>What the store in a machine answers to PING.</summary>
    internal static async Task<string?> AnswerAsync(VirtualMachine machine)
    {
        try
        {
            using var client = new TcpClient();
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
            patience.CancelAfter(TimeSpan.FromSeconds(5));
            await client.ConnectAsync(IPEndPoint.Parse(machine.Status!.Ports![0].Address!), patience.Token);
            await client.GetStream().WriteAsync("PING\r\n"u8.ToArray(), patience.Token);
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
            return await reader.ReadLineAsync(patience.Token);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException
            && !Token.IsCancellationRequested)
        {
            return null;
        }
    }
}
