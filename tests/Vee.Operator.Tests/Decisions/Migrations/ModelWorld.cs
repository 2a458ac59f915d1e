using k8s;
using k8s.Models;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;
using Vee.Operator.Decisions.Migrations;

namespace Vee.Operator.Tests.Decisions.Migrations;

/// <summary>
/// A machine, its migration, two agents and an operator that sees them late, dies between a write and a call, and
/// carries out what the decisions say.
/// </summary>
internal sealed class ModelWorld(Random random)
{
    private const int StepsMax = 6;

    private readonly ModelAgent[] agents = [new("a"), new("b")];
    private readonly Dictionary<string, AgentView> views = [];
    private readonly MachineInput template = new MachineCase().Input();
    private DateTimeOffset now = MachineCase.Now;

    public VirtualMachine Machine { get; } = new MachineCase().Input().Machine;

    public VirtualMachineMigration? Migration { get; private set; }

    /// <summary>Whether the machine's object is gone.</summary>
    public bool IsFinalized { get; private set; }

    public int Executing => agents.Sum(a => a.Executing);

    /// <summary>Whether pages were deleted that a machine needed.</summary>
    public bool HasDeletedPages => agents.Any(a => a.HasDeletedPages);

    /// <summary>Instances that agents have which can be reached.</summary>
    public int Held => agents.Where(a => a.IsReachable).Sum(a => a.Held);

    /// <summary>Machines that ended because their pages went with their source.</summary>
    public int LossCount { get; private set; }

    public override string ToString() => $"{KubernetesJson.Serialize(Machine.Status)} "
        + $"{KubernetesJson.Serialize(Migration?.Status ?? new())} {agents[0].View()} {agents[1].View()}";

    /// <summary>What happens is only what has to: nobody dies, nobody is silent.</summary>
    public void Settle()
    {
        foreach (var agent in agents)
        {
            agent.IsReachable = true;
        }

        for (var round = 0; round < 40; round++)
        {
            now += TimeSpan.FromMinutes(1);
            Look(agents[0]);
            Look(agents[1]);
            VisitMachine(mayDie: false);
            VisitMigration(mayDie: false);
            agents[0].GoOn(agents[1], isGrantLost: false);
            agents[1].GoOn(agents[0], isGrantLost: false);
        }
    }

    /// <summary>One of all that may happen.</summary>
    public void Happen(bool mayDelete)
    {
        var (one, other) = random.Next(2) == 0 ? (agents[0], agents[1]) : (agents[1], agents[0]);
        now += TimeSpan.FromSeconds(random.Next(5));
        switch (random.Next(20))
        {
            case < 5:
                VisitMachine(mayDie: true);
                break;
            case < 9:
                VisitMigration(mayDie: true);
                break;
            case < 13:
                Look(one);
                break;
            case < 17:
                one.GoOn(other, isGrantLost: random.Next(3) == 0);
                break;
            case 17:
                one.IsReachable = random.Next(3) > 0;
                Look(one);
                break;
            case 18 when random.Next(3) == 0:
                one.IsPostCopy = !one.IsPostCopy;
                break;
            case 18 when random.Next(3) == 0:
                one.IsAhead = !one.IsAhead;
                break;
            case 18 when random.Next(3) == 0:
                one.StartAnew();
                break;
            case 18:
                one.GiveUp();
                break;
            default:
                Interfere(mayDelete);
                break;
        }
    }

    /// <summary>Somebody asks for a migration, or gives one up.</summary>
    private void Interfere(bool mayDelete)
    {
        if (Migration is null || MigrationPhases.IsFinal(Migration.Status?.Phase))
        {
            Migration = new VirtualMachineMigration
            {
                Metadata = new V1ObjectMeta
                {
                    Name = "move",
                    NamespaceProperty = "default",
                    Uid = $"u-{random.Next()}",
                    CreationTimestamp = now.UtcDateTime,
                },
                Spec = new VirtualMachineMigrationSpec { VirtualMachineName = "m" },
            };
        }
        else if (random.Next(4) == 0)
        {
            Migration.Spec = Migration.Spec with { Abort = true };
        }
        else if (random.Next(6) == 0)
        {
            Migration = null;
        }
        else if (mayDelete && random.Next(4) == 0)
        {
            Machine.Metadata.DeletionTimestamp = now.UtcDateTime;
        }
    }

    /// <summary>Reports of an agent come, or it is noticed that none do.</summary>
    private void Look(ModelAgent agent)
    {
        if (agent.IsReachable)
        {
            views[agent.Name] = agent.View();
        }
        else if (views.TryGetValue(agent.Name, out var last))
        {
            views[agent.Name] = last with { IsReachable = false };
        }
    }

    private void VisitMachine(bool mayDie)
    {
        RemoveSuperseded();
        var (deleted, isSourceUnaware, isTargetUnaware) = ((long?)null, false, false);
        for (var step = 0; step < StepsMax && !IsFinalized; step++)
        {
            var plan = MachineDecision.Decide(Input() with
            {
                DeletedInstance = deleted,
                IsSourceUnaware = isSourceUnaware,
                IsTargetUnaware = isTargetUnaware,
            });
            IsFinalized = plan.IsFinalized;
            Machine.Status = plan.Status with { Conditions = null };
            if (IsFinalized)
            {
                RemoveSuperseded(isOver: true);
                return;
            }

            if (plan.Step is null ? !plan.IsClaim : mayDie && random.Next(4) == 0)
            {
                return;
            }

            if (plan.Step is { } next)
            {
                var (isDone, refusal) = Perform(next);
                var isUnaware = refusal == AgentRefusalKind.UnknownMigration;
                isSourceUnaware |= isUnaware && next is MachineStep.CancelAtSource;
                isTargetUnaware |= isUnaware && next is MachineStep.CancelAtTarget or MachineStep.SettleAtTarget;
                deleted = !isDone ? null : next switch
                {
                    MachineStep.Delete delete => delete.Instance,
                    MachineStep.DeleteAtTarget delete => delete.Instance,
                    _ => null,
                };
                if (refusal is { } kind && next is MachineStep.Create)
                {
                    Machine.Status = Refusals.OfCreate(Input(), new(kind, "no")).Status;
                }
                else if (!isDone && !isUnaware)
                {
                    return;
                }
            }
        }
    }

    private MachineInput Input()
    {
        var record = Machine.Status?.Migration;
        return template with
        {
            Machine = Machine,
            Now = now,
            Agent = Machine.Status?.Agent is { } claim ? views.GetValueOrDefault(claim.Name) : null,
            Target = record is null ? null : views.GetValueOrDefault(record.Agent.Name),
            Migration = record is null || Migration?.Metadata.Name != record.Name ? null : Migration,
            Hosts = Candidates(),
        };
    }

    private List<HostCandidate> Candidates() =>
    [
        .. agents.Where(a => views.ContainsKey(a.Name)).Select(a => MachineCase.Host($"h-{a.Name}") with
        {
            Agent = a.Reference with { Incarnation = views[a.Name].Incarnation },
            NotReady = views[a.Name].IsReachable ? null : "does not answer",
        }),
    ];

    private void VisitMigration(bool mayDie)
    {
        var isExpected = false;
        for (var step = 0; step < StepsMax && Migration is not null && !IsFinalized; step++)
        {
            var input = MigrationInputOf(isExpected);
            var plan = MigrationDecision.Decide(input);
            if (plan.Reservation is { } record)
            {
                Machine.Status = Machine.Status! with { Migration = record, InstanceMax = record.Instance };
                if (mayDie && random.Next(4) == 0)
                {
                    return;
                }

                continue;
            }

            Migration.Status = plan.Status;
            if (plan.Step is null || (mayDie && random.Next(4) == 0))
            {
                return;
            }

            var (isDone, refusal) = Perform(plan.Step, Machine.Status!.Agent!);
            if (refusal is { } kind)
            {
                Migration.Status = Attempt.Refused(MigrationInputOf(isExpected), input.Record!, new(kind, "no")).Status;
            }

            if (!isDone)
            {
                return;
            }

            isExpected = plan.Step is MigrationStep.Expect;
        }
    }

    private MigrationInput MigrationInputOf(bool isExpected)
    {
        var (status, machine) = (Migration!.Status, Machine.Status);
        var source = status?.Phase is null or MigrationPhases.Pending || machine?.Migration is not null
            ? machine?.Agent : status.Source?.Agent;
        var target = machine?.Migration?.Agent ?? status?.Target?.Agent;
        return new MigrationInput
        {
            Migration = Migration,
            Now = now,
            Machine = Machine,
            StartSpec = template.StartSpec,
            Hosts = Candidates(),
            LinkedHosts = new HashSet<string> { "h-a", "h-b" },
            Source = source is null ? null : views.GetValueOrDefault(source.Name),
            Target = target is null ? null : views.GetValueOrDefault(target.Name),
            IsExpected = isExpected,
        };
    }

    private void RemoveSuperseded(bool isOver = false)
    {
        bool IsOpen(long number) => !isOver
            && Migration?.Status?.Number == number && !MigrationPhases.IsFinal(Migration.Status.Phase);
        foreach (var old in Superseded.Of(Machine, [.. views.Values], IsOpen).ToList())
        {
            if (AgentOf(old.Agent, old.Incarnation) is { } agent)
            {
                agent.Delete(old.Instance, Other(agent));
                Observe(agent, v => v.WithoutMachine(MachineCase.Uid, old.Instance)
                    .WithoutMigration(MachineCase.Uid, MigrationRole.Source));
            }
        }
    }

    private (bool IsDone, AgentRefusalKind? Refusal) Perform(MachineStep step)
    {
        var isAtTarget = step is MachineStep.CancelAtTarget or MachineStep.SettleAtTarget or MachineStep.DeleteAtTarget;
        var claim = isAtTarget ? Machine.Status!.Migration!.Agent : Machine.Status!.Agent!;
        return Call(claim, agent => step switch
        {
            MachineStep.Create create => agent.Create(create.Instance),
            MachineStep.Start begin => agent.Start(begin.Instance),
            MachineStep.Resume resume => agent.Resume(resume.Instance),
            MachineStep.Stop stop => agent.Stop(stop.Instance),
            MachineStep.Delete delete => agent.Delete(delete.Instance, Other(agent)),
            MachineStep.DeleteAtTarget delete => agent.Delete(delete.Instance, Other(agent)),
            MachineStep.CancelAtSource cancel => agent.Cancel(MigrationRole.Source, cancel.Number),
            MachineStep.CancelAtTarget cancel => agent.Cancel(MigrationRole.Target, cancel.Number),
            MachineStep.SettleAtTarget settle => agent.Grant(
                settle.Number, Other(agent).IsPostCopy),
            MachineStep.SettleAtSource settle => agent.SettleSource(settle.Number, settle.WhyGivenUp is not null),
            _ => throw new ArgumentException($"{step} is not asked for here", nameof(step)),
        });
    }

    private (bool IsDone, AgentRefusalKind? Refusal) Perform(MigrationStep step, AgentReference source) => step switch
    {
        MigrationStep.Expect expect => Call(
            expect.Record.Agent, a => a.Expect(expect.Record.Number, expect.Record.Instance)),
        MigrationStep.Migrate migrate => Call(source, a => a.Migrate(migrate.Record.Number, migrate.Instance)),
        MigrationStep.LosePages lose => LosePages(lose),
        _ => throw new ArgumentException($"{step} is no step", nameof(step)),
    };

    private (bool IsDone, AgentRefusalKind? Refusal) LosePages(MigrationStep.LosePages lose)
    {
        var (isDone, _) = Call(lose.Agent, a => a.LosePages(lose.Number));
        LossCount += isDone ? 1 : 0;
        return (isDone, null);
    }

    private (bool IsDone, AgentRefusalKind? Refusal) Call(
        AgentReference claim, Func<ModelAgent, AgentRefusalKind?> call)
    {
        if (AgentOf(claim.Name, claim.Incarnation) is not { } agent)
        {
            return (false, null);
        }

        var refusal = call(agent);
        Look(agent);
        return (refusal is null, refusal);
    }

    /// <summary>The agent that a call reaches: it answers, and is still the one that is meant.</summary>
    private ModelAgent? AgentOf(string name, string incarnation) =>
        agents.FirstOrDefault(a => a.Name == name && a.IsReachable && a.Incarnation == incarnation);

    private ModelAgent Other(ModelAgent agent) => agents.Single(a => a != agent);

    private void Observe(ModelAgent agent, Func<AgentView, AgentView> change) =>
        views[agent.Name] = change(views[agent.Name]);
}
