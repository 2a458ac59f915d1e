using System.Collections.Immutable;
using k8s.Models;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;
using Vee.Operator.Decisions.Migrations;

namespace Vee.Operator.Tests.Decisions.Migrations;

/// <summary>
/// Builds what a decision about a migration rests on: machine m, instance 1 on host h1 of agent a1, and hosts h2 and h3
/// of agent a2 that links lead to.
/// </summary>
internal sealed class MigrationCase
{
    private readonly MachineCase machineCase = new MachineCase().Claimed().OnAgent(MachinePhase.Running);
    private readonly VirtualMachineMigration migration = new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = "move",
            NamespaceProperty = "default",
            Uid = "u-move",
            Generation = 1,
            CreationTimestamp = MachineCase.Now.UtcDateTime.AddMinutes(-5),
        },
        Spec = new VirtualMachineMigrationSpec { VirtualMachineName = "m" },
    };

    private readonly List<MigrationPolicy> policies = [];
    private AgentView source;
    private AgentView target = MachineCase.Agent() with { Name = "a2", Incarnation = MachineCase.Other };
    private VirtualMachine? machine;
    private StartSpec? startSpec;
    private HostCandidate[] hosts = [MachineCase.Host("h1"), OnTarget("h2"), OnTarget("h3", freeMiB: 512)];
    private string[] linked = ["h2", "h3"];
    private string[] leaving = [];
    private string[] waiting = [];
    private bool isExpected;
    private DateTimeOffset now = MachineCase.Now;
    private IReadOnlyList<ProbeBlackout> probes = [];

    public MigrationCase()
    {
        var input = machineCase.Input();
        machine = input.Machine;
        startSpec = input.StartSpec;
        source = input.Agent!;
    }

    /// <summary>Number of the first attempt.</summary>
    public long Number => MigrationNumber.Of(migration, 1);

    public static MigrationView View(
        MigrationRole role, MigrationStage stage, long instance, long number = MachineCase.Number) =>
        new() { Number = number, Uid = MachineCase.Uid, Role = role, Stage = stage, Instance = instance };

    public MigrationCase Spec(Func<VirtualMachineMigrationSpec, VirtualMachineMigrationSpec> change)
    {
        migration.Spec = change(migration.Spec);
        return this;
    }

    public MigrationCase Status(Func<VirtualMachineMigrationStatus, VirtualMachineMigrationStatus> change)
    {
        migration.Status = change(migration.Status ?? new VirtualMachineMigrationStatus());
        return this;
    }

    public MigrationCase Machine(Action<VirtualMachine> change)
    {
        change(machine!);
        return this;
    }

    public MigrationCase NoMachine()
    {
        machine = null;
        return this;
    }

    public MigrationCase SpecChanged()
    {
        startSpec = startSpec! with { Seed = 1 };
        return this;
    }

    public MigrationCase Created(TimeSpan ago)
    {
        migration.Metadata.CreationTimestamp = (MachineCase.Now - ago).UtcDateTime;
        return this;
    }

    public MigrationCase At(TimeSpan later)
    {
        now = MachineCase.Now + later;
        return this;
    }

    public MigrationCase Policy(string name, int priority, MigrationPolicySpec spec)
    {
        policies.Add(Made(name, priority, spec));
        return this;
    }

    public static MigrationPolicy Made(string name, int priority, MigrationPolicySpec spec) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Uid = "u-" + name, Generation = 3 },
        Spec = spec with { Priority = priority },
    };

    public MigrationCase Hosts(params HostCandidate[] candidates)
    {
        hosts = candidates;
        return this;
    }

    public MigrationCase Linked(params string[] names)
    {
        linked = names;
        return this;
    }

    public MigrationCase Others(string[] leave, string[] wait)
    {
        (leaving, waiting) = (leave, wait);
        return this;
    }

    public MigrationCase Source(Func<AgentView, AgentView> change)
    {
        source = change(source);
        return this;
    }

    public MigrationCase Target(Func<AgentView, AgentView> change)
    {
        target = change(target);
        return this;
    }

    public MigrationCase Expected()
    {
        isExpected = true;
        return this;
    }

    public MigrationCase Probes(params ProbeBlackout[] seen)
    {
        probes = seen;
        return this;
    }

    /// <summary>The machine has the record of the attempt, and the migration says so if it has looked since.</summary>
    public MigrationCase Reserved(int attempt = 1, bool isSaid = true)
    {
        var record = new MigrationRecord
        {
            Name = "move",
            Number = MigrationNumber.Of(migration, attempt),
            HostName = "h2",
            Agent = new AgentReference { Name = "a2", Incarnation = MachineCase.Other },
            Instance = 2,
        };
        machine!.Status = machine.Status! with { Migration = record, InstanceMax = 2 };
        return isSaid ? Said(attempt, MigrationPhases.Preparing) : this;
    }

    /// <summary>The migration's status says of an attempt that it was begun.</summary>
    public MigrationCase Said(int attempt, string phase) => Status(s => s with
    {
        Phase = phase,
        Number = MigrationNumber.Of(migration, attempt),
        Attempts = attempt,
        Source = new MigrationSide
        {
            HostName = "h1",
            Agent = new AgentReference { Name = "a1", Incarnation = MachineCase.First },
            Instance = 1,
        },
        Target = new MigrationSide
        {
            HostName = "h2",
            Agent = new AgentReference { Name = "a2", Incarnation = MachineCase.Other },
            Instance = 2,
        },
        EffectivePolicy = PolicyChoice.Defaults,
        StartTime = MachineCase.Now.UtcDateTime,
    });

    public MigrationCase AtSource(MigrationStage stage, Func<MigrationView, MigrationView>? change = null)
    {
        var view = View(MigrationRole.Source, stage, 1, Number);
        return Source(a => a.With(change?.Invoke(view) ?? view));
    }

    public MigrationCase AtTarget(MigrationStage stage, MigrationFailure? failure = null) =>
        Target(a => a.With(View(MigrationRole.Target, stage, 2, Number) with { Failure = failure }));

    /// <summary>The machine's claim is that of the target.</summary>
    public MigrationCase Moved()
    {
        machine!.Status = machine.Status! with
        {
            HostName = "h2",
            Agent = new AgentReference { Name = "a2", Incarnation = MachineCase.Other },
            Instance = 2,
            Migration = null,
        };
        return this;
    }

    public MigrationInput Input() => new()
    {
        Migration = migration,
        Now = now,
        Machine = machine,
        StartSpec = startSpec,
        Policies = policies,
        Hosts = hosts,
        LinkedHosts = linked.ToImmutableHashSet(),
        HostsBeingLeft = leaving,
        HostsToBeLeft = waiting,
        Source = source,
        Target = target,
        IsExpected = isExpected,
        Probes = probes,
    };

    public MigrationPlan Decide() => MigrationDecision.Decide(Input());

    public static HostCandidate OnTarget(string name, long freeMiB = 1024) => MachineCase.Host(name, freeMiB) with
    {
        Agent = new AgentReference { Name = "a2", Incarnation = MachineCase.Other, Address = "127.0.0.1:2" },
    };
}
