using Vee.Cli.Simulations;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Scheduling.Credit;
using Vee.Machines.Linux;
using Vee.Machines.Memory;

namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>A rack of two hosts for one cell, and one of clients that both are linked with.</summary>
internal sealed class MigrationRack : IDisposable
{
    private const string Source = "a";
    private const string Target = "b";
    private const string ClientsHost = "clients";
    private const ulong Number = 1;
    private const long Token = 2;
    private const long Step = 5 * VirtualTime.Millisecond;
    private const long WaitMax = 600 * VirtualTime.Second;
    private const long ClientsBandwidth = 10_000_000_000;
    private const long ClientsLatency = 50 * VirtualTime.Microsecond;
    private const long CardsBandwidth = 10_000_000_000;
    private const int Cores = 2;

    private readonly MigrationCell cell;
    private readonly IReadOnlyList<Probe> clients;
    private readonly Dictionary<string, Host> hosts;
    private readonly RackPart rack;
    private readonly List<IDisposable> owned = [];
    private readonly CapturedConsole console = new();
    private MachineGuest guest = null!;

    private MigrationRack(MigrationCell cell, CostProfile costs)
    {
        this.cell = cell;
        clients = cell.Load.Clients();
        string[] names = clients.Count > 0 ? [Source, Target, ClientsHost] : [Source, Target];
        hosts = names.ToDictionary(name => name, name => new Host(
            name, Hardware(costs), new CreditScheduler(CreditOptions.Modern), cell.Seed));
        rack = new RackPart("rack", new RackPlan(names, [.. Links()]), [.. hosts.Values]);
    }

    /// <summary>Moves the cell's machine.</summary>
    internal static MigrationRow Execute(MigrationCell cell) => Execute(cell, HostWorkCosts.Times(cell.WorkFactor));

    /// <summary>Moves it between hosts with other costs than the cell says.</summary>
    internal static MigrationRow Execute(MigrationCell cell, CostProfile costs)
    {
        using var both = new MigrationRack(cell, costs);
        return both.Execute();
    }

    /// <summary>Pages of the cell's machine before and after, while it executes where it is.</summary>
    /// <param name="cell">What executes.</param>
    /// <param name="interval">Nanoseconds of virtual time from before to after.</param>
    /// <param name="looks">How often it is looked at.</param>
    /// <param name="pagesOfLook">Pages that are taken of each look at most, spread over those that changed.</param>
    /// <returns>Old pages and new ones in turn.</returns>
    internal static byte[] RecordPages(MigrationCell cell, long interval, int looks, int pagesOfLook)
    {
        using var both = new MigrationRack(cell, HostWorkCosts.Times(0));
        return both.RecordPages(interval, looks, pagesOfLook);
    }

    public void Dispose() => owned.ForEach(thing => thing.Dispose());

    private MigrationRow Execute()
    {
        WarmUp();
        var meter = clients.Count > 0 ? clients[0].Meter : null;
        meter?.Reset(rack.Now);
        Expect();
        var migration = OutgoingMigration.Begin(
            hosts[Source], new OutgoingMachine(Number, guest, Target, Token), Options(), new Deaf());
        owned.Add(migration);
        RunUntil(() => migration.Report.Phase is MigrationPhase.Done or MigrationPhase.Failed);
        var report = migration.Report;
        if (meter is not null)
        {
            // What was asked while it stood still is answered now.
            var answered = meter.Answered;
            RunUntil(() => meter.Answered > answered);
        }

        return new MigrationRow
        {
            Cell = cell, Report = report, Client = meter, Silence = meter?.SilenceUntil(rack.Now) ?? 0,
        };
    }

    private byte[] RecordPages(long interval, int looks, int pagesOfLook)
    {
        WarmUp();
        var memory = guest.Machine.Memory;
        using var sent = memory.TrackSent((long)(cell.Load.MemoryBytes >> PageNumber.Shift));
        using var pairs = new MemoryStream();
        for (var look = 0; look <= looks; look++)
        {
            var pending = new List<PageNumber>();
            sent.ForEachPending(pending.Add);
            var changed = pending.Where(page => HasChanged(sent.Look(page))).ToArray();
            var step = Math.Max(1, (changed.Length + pagesOfLook - 1) / pagesOfLook);
            for (var index = 0; index < changed.Length; index += step)
            {
                var change = sent.Look(changed[index]);
                pairs.Write(change.Base);
                pairs.Write(change.Content);
            }

            pending.ForEach(sent.NoteSent);
            rack.RunUntil(rack.Now + interval);
        }

        return pairs.ToArray();

        // The first look only begins: nobody has anything yet. Nor are pages changes that were zero before.
        static bool HasChanged(PageChange change) => !change.Base.IsEmpty
            && change.Base.ContainsAnyExcept((byte)0) && !change.Base.SequenceEqual(change.Content);
    }

    private void WarmUp()
    {
        Populate();
        RunUntil(() => guest.Machine.Memory.PresentPages << PageNumber.Shift >= (long)cell.Load.TouchedBytes);
        // Seeds begin at other places of what programs do again and again.
        rack.RunUntil(rack.Now + cell.Load.WarmUp + ((long)(cell.Seed * 7_919 % 10_000) * VirtualTime.Microsecond));
    }

    private MigrationOptions Options() => cell.Variant.Change(new MigrationOptions
    {
        Codec = cell.Codec,
        DowntimeMax = cell.DowntimeMax,
        Ladder = cell.Ladder,
        CompletionTimeout = WaitMax / 2,
    });

    private void Populate()
    {
        var load = cell.Load;
        var program = new ProgramFinder(".").Find($"builtin:{load.Program}");
        guest = Machine(create => ProcessMachine.TryCreate(
            program.Program!.Bytes,
            new ProcessOptions
            {
                Arguments = [load.Program, .. load.ArgumentsOf(cell.Seed)],
                MemoryBytes = load.MemoryBytes,
                Seed = cell.Seed,
                Network = create.Network,
                Disk = create.Disk,
                NetworkAddress = MigrationLoad.Address,
            },
            console, out var refusal) ?? throw new InvalidOperationException($"{load.Program}: {refusal}"));
        hosts[Source].Add("machine", guest, new GuestShare());
        foreach (var (index, client) in clients.Index())
        {
            // One after another, so that they do not ask all at once.
            rack.RunUntil(rack.Now + VirtualTime.Millisecond);
            hosts[ClientsHost].Add($"client-{index}", client, new GuestShare());
        }
    }

    private MachineGuest Machine(
        Func<(Machines.Networking.INetwork Network, Machines.Storage.IDisk Disk), ProcessMachine> create)
    {
        var machine = new MachineGuest(MigrationLoad.Address, (network, disk) => create((network, disk)));
        owned.Add(machine);
        return machine;
    }

    private void Expect() => owned.Add(IncomingMigration.Begin(
        hosts[Target],
        new IncomingMachine(Number, Source, Token, cell.Load.MemoryBytes, console)
        {
            Make = create => Machine(parts => create(parts.Network, parts.Disk)),
            Settle = machine => hosts[Target].Add("machine", machine, new GuestShare()),
        },
        new Deaf()));

    private void RunUntil(Func<bool> condition)
    {
        for (var end = rack.Now + WaitMax; !condition();)
        {
            if (rack.Now >= end || guest.Machine.Ending is not null)
            {
                throw new InvalidOperationException(
                    $"{cell.Title}: nothing came of it by {rack.Now} ns; the guest ended: {guest.Machine.Ending}");
            }

            rack.RunUntil(rack.Now + Step);
        }
    }

    private HardwareProfile Hardware(CostProfile costs) => new()
    {
        Name = "bench",
        Cores = [new CoreClass { Name = "all", Count = Cores, FrequencyMHz = cell.Load.FrequencyMHz }],
        MemoryBytes = Math.Max(1L << 30, 2 * (long)cell.Load.MemoryBytes),
        Nic = new NicProfile { BandwidthBitsPerSecond = CardsBandwidth },
        Costs = costs,
    };

    private IEnumerable<RackLink> Links()
    {
        yield return new RackLink(Source, Target, new LinkProfile
        {
            BandwidthBitsPerSecond = cell.LinkBitsPerSecond, LatencyNanoseconds = cell.RoundTrip / 2,
        });
        if (clients.Count > 0)
        {
            var profile = new LinkProfile
            {
                BandwidthBitsPerSecond = ClientsBandwidth, LatencyNanoseconds = ClientsLatency,
            };
            yield return new RackLink(ClientsHost, Source, profile);
            yield return new RackLink(ClientsHost, Target, profile);
        }
    }

    private sealed class Deaf : IMigrationObserver
    {
        public void Changed(MigrationReport report)
        {
        }
    }
}
