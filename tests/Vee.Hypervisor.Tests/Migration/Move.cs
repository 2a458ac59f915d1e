using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Scheduling.Credit;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Hypervisor.Tests.Racks;
using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>A rack of hosts a, b and c, linked with each other; a machine that moves from a to b, and back.</summary>
internal sealed class Move : IDisposable
{
    public const ulong Number = 0x1234;
    public const long Token = 2;

    public static readonly LinkProfile Wire = new()
    {
        BandwidthBitsPerSecond = 1_000_000_000,
        LatencyNanoseconds = 200_000,
    };

    private readonly LinkProfile wire;
    private readonly List<RackPart> parts = [];
    private readonly List<IDisposable> owned = [];
    private Func<Arrival, IEnumerable<Arrival>>? onTheWay;
    private long now;
    private long retiredAtGrant;
    private int place;
    private int moveCount;

    public Move(
        LinkProfile? wire = null, bool isApart = false, int cores = 2, long slice = long.MaxValue,
        bool isHashed = false)
    {
        this.wire = wire ?? Wire;
        Slice = slice;
        Hosts = [.. "abc".Select(name => new Host(
            $"{name}", Hardware(cores), new CreditScheduler(CreditOptions.Modern), 1))];
        if (isHashed)
        {
            Array.ForEach(Hosts, host => host.HashEachSecond());
        }

        if (isApart)
        {
            parts.AddRange(Hosts.Select(host => Part(host.Name, [host])));
        }
        else
        {
            parts.Add(Part("all", Hosts));
        }
    }

    public long Slice { get; }

    public Host[] Hosts { get; }

    public TestConsole Console { get; } = new();

    /// <summary>The machine, wherever it is.</summary>
    public MachineGuest Guest { get; private set; } = null!;

    public MachineGuest Source { get; private set; } = null!;

    public OutgoingMigration Out { get; private set; } = null!;

    public IncomingMigration In { get; private set; } = null!;

    public List<MigrationReport> Reports { get; } = [];

    public List<MigrationReport> TargetReports { get; } = [];

    public MigrationReport Last => Reports[^1];

    /// <summary>Why the machine cannot go on at the target.</summary>
    public string Lost { get; private set; } = "";

    /// <summary>Whether the machine stands still on both sides.</summary>
    public bool IsNowhere => Out.Stand != SourceStand.Owner && In.Stand != TargetStand.Owner;

    public MigrationResult Result => Last.Result
        ?? throw new InvalidOperationException($"{Last.Phase}: {Last.Failure}, {TargetReports.LastOrDefault()}");

    /// <summary>Whether the source does not let it execute any more.</summary>
    public bool HasGranted => Out.Stand is SourceStand.Granted or SourceStand.Offered;

    private Host From => Hosts[place];

    private Host To => Hosts[1 - place];

    public static Move Of(
        string program, string arguments, LinkProfile? wire = null, bool isApart = false, long slice = long.MaxValue,
        int cores = 2, bool isHashed = false)
    {
        var move = new Move(wire, isApart, cores, slice, isHashed);
        move.AddMachine(program, arguments);
        return move;
    }

    public void AddMachine(string program, string arguments, int harts = 1)
    {
        Guest = Source = TestMachine.Guest(
            program, Console, TestMachine.Address(10), harts, Slice, arguments.Split(' '));
        owned.Add(Source);
        Hosts[0].Add("machine", Source, new GuestShare());
    }

    public void Begin(MigrationOptions? options = null, ulong memoryBytes = (ulong)TestMachine.BytesOfMemory)
    {
        Expect(memoryBytes);
        BeginWithoutTarget(options);
    }

    public void BeginWithoutTarget(MigrationOptions? options = null)
    {
        Source = Guest;
        Out = OutgoingMigration.Begin(
            From, new OutgoingMachine(Number + (ulong)moveCount, Source, To.Name, Token + moveCount),
            options ?? new MigrationOptions(), new Notes(Reports));
        owned.Add(Out);
    }

    public void Expect(ulong memoryBytes = (ulong)TestMachine.BytesOfMemory)
    {
        var to = To;
        In = IncomingMigration.Begin(
            to,
            new IncomingMachine(Number + (ulong)moveCount, From.Name, Token + moveCount, memoryBytes, Console)
            {
                Make = create => new MachineGuest(TestMachine.Address(10), create, sliceBudget: Slice),
                Lose = why => Lost = why,
                Settle = guest =>
                {
                    // Never two of them.
                    Assert.True(Source.IsFrozen);
                    retiredAtGrant = Source.RetiredCount;
                    Guest = guest;
                    owned.Add(guest);
                    to.Add("machine", guest, new GuestShare());
                },
            },
            new Notes(TargetReports));
        owned.Add(In);
    }

    public void RunUntil(long time)
    {
        while (now < time)
        {
            RackReport[] reports = [.. parts.Select(part => part.Report())];
            now = parts.Select(part => part.Advance(reports, time)).Distinct().Single();
        }
    }

    public void RunFor(long time) => RunUntil(now + time);

    /// <summary>Until something is so, or for a minute of virtual time.</summary>
    public void RunUntil(Func<bool> condition, long step = TestHost.Millisecond, int steps = 60_000)
    {
        for (var count = 0; !condition(); count++)
        {
            Assert.True(count < steps, $"{Reports.LastOrDefault()?.Phase} after {count} steps");
            RunFor(step);
        }
    }

    /// <summary>Goes to the other host, all the way.</summary>
    public MigrationResult There(MigrationOptions? options = null)
    {
        Begin(options);
        RunToEnd();
        Assert.Null(Last.Failure);
        place = 1 - place;
        moveCount++;
        return Result;
    }

    public void RunToEnd() => RunUntil(() => Last.Phase is MigrationPhase.Done or MigrationPhase.Failed);

    /// <summary>The source has not executed anything since the target has.</summary>
    public void AssertOneExecutes()
    {
        if (In.Stand == TargetStand.Owner)
        {
            Assert.True(HasGranted, $"the source is {Out.Stand}");
            Assert.True(Source.IsFrozen);
            Assert.Equal(retiredAtGrant, Source.RetiredCount);
        }
    }

    /// <summary>Lets somebody change what hosts send each other.</summary>
    public void Intercept(Func<Arrival, IEnumerable<Arrival>> change)
    {
        onTheWay = change;
        Array.ForEach(Hosts, Intercept);
    }

    /// <summary>Takes the links away, or gives them back.</summary>
    /// <param name="isLinked">Which of both.</param>
    /// <param name="profile">What they are like now; null for as before.</param>
    public void Relink(bool isLinked, LinkProfile? profile = null)
    {
        var links = isLinked ? Links(profile ?? wire) : [];
        parts[0] = new RackPart(
            "all", new RackPlan(["a", "b", "c"], links), Hosts,
            new RackStart { Now = now, Epoch = parts[0].WindowCount + 1, UnderWay = parts[0].Dissolve([]) });
        foreach (var host in Hosts)
        {
            foreach (var placement in RackPart.PlacementsOf(host))
            {
                parts[0].Place(placement.Address, placement.Host);
            }
        }

        if (onTheWay is not null)
        {
            Array.ForEach(Hosts, Intercept);
        }
    }

    public void Dispose() => owned.ForEach(thing => thing.Dispose());

    private void Intercept(Host host)
    {
        var uplink = host.Uplink;
        host.Uplink = arrival =>
        {
            foreach (var changed in onTheWay!(arrival))
            {
                uplink(changed);
            }
        };
    }

    private static HardwareProfile Hardware(int cores) =>
        TestHost.Cores(cores) with { Nic = new NicProfile { BandwidthBitsPerSecond = 10_000_000_000 } };

    private static RackLink[] Links(LinkProfile profile) =>
        [new RackLink("a", "b", profile), new RackLink("a", "c", profile), new RackLink("b", "c", profile)];

    private RackPart Part(string name, IReadOnlyList<Host> hosts)
    {
        var others = name == "all" ? [] : "abc".Where(other => $"{other}" != name).Select(o => $"{o}={o}").ToArray();
        var part = new RackPart(
            name, new RackPlan(["a", "b", "c"], Links(wire)), hosts,
            new RackStart { Parts = RackTests.PartsOf(others) });
        part.Place(TestMachine.Address(10), "a");
        return part;
    }

    internal sealed class Deaf : IMigrationObserver
    {
        public void Changed(MigrationReport report)
        {
        }
    }

    private sealed class Notes(List<MigrationReport> reports) : IMigrationObserver
    {
        public void Changed(MigrationReport report) => reports.Add(report);
    }
}
