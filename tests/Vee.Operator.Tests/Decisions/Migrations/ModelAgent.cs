using System.Collections.Immutable;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Migrations;

namespace Vee.Operator.Tests.Decisions.Migrations;

/// <summary>An agent as the contract says it behaves, with one host and instances of one machine.</summary>
internal sealed class ModelAgent(string name)
{
    private readonly SortedDictionary<long, MachinePhase> instances = [];
    private readonly HashSet<long> failed = [];
    private long fence;
    private int start = 1;

    // As source: whether the grant has gone, and nothing was heard. As target: whether it may come along with the rest.
    private bool isOffered;
    private bool mayBeGrantedAhead;

    public string Name => name;

    /// <summary>Whether the operator hears of it, and is heard.</summary>
    public bool IsReachable { get; set; } = true;

    public string Incarnation => $"{new string(name[0], 16)}.{start}";

    public MigrationView? AsSource { get; private set; }

    public MigrationView? AsTarget { get; private set; }

    /// <summary>Whether pages follow the machines that leave it, when they execute elsewhere already.</summary>
    public bool IsPostCopy { get; set; }

    /// <summary>Whether it grants without waiting for the target's answer.</summary>
    public bool IsAhead { get; set; }

    /// <summary>Whether it was told to delete what still had pages to send.</summary>
    public bool HasDeletedPages { get; private set; }

    public int Executing => instances.Values.Count(p => p == MachinePhase.Running);

    /// <summary>Instances that take room here, whatever they do.</summary>
    public int Held => instances.Count;

    public AgentReference Reference => new() { Name = name, Incarnation = Incarnation, Address = "127.0.0.1:1" };

    /// <summary>Everything that it holds is gone.</summary>
    public void StartAnew()
    {
        start++;
        fence = 0;
        instances.Clear();
        (AsSource, AsTarget) = (null, null);
        (isOffered, mayBeGrantedAhead) = (false, false);
    }

    public AgentRefusalKind? Create(long instance)
    {
        if (instance <= fence || instances.Keys.Any(i => i > instance))
        {
            return AgentRefusalKind.StaleInstance;
        }

        instances.TryAdd(instance, MachinePhase.Created);
        return null;
    }

    public AgentRefusalKind? Start(long instance) => Change(instance, MachinePhase.Created, MachinePhase.Running);

    public AgentRefusalKind? Stop(long instance) => Change(instance, MachinePhase.Running, MachinePhase.Ended);

    /// <summary>A machine that stands still because it moves is not let go on by this.</summary>
    public AgentRefusalKind? Resume(long instance) =>
        AsSource is { Stage: < MigrationStage.Granted } source && source.Instance == instance
            ? null : Change(instance, MachinePhase.Paused, MachinePhase.Running);

    /// <param name="instance">It and all before it.</param>
    /// <param name="other">The other agent.</param>
    public AgentRefusalKind? Delete(long instance, ModelAgent other)
    {
        fence = Math.Max(fence, instance);
        HasDeletedPages |= AsSource is { Stage: MigrationStage.Granted or MigrationStage.Fetching } left
            && left.Instance <= instance && other.AsTarget is { Stage: MigrationStage.Fetching } needs
            && needs.Number == left.Number && other.instances.ContainsKey(needs.Instance);
        foreach (var old in instances.Keys.Where(i => i <= instance).ToList())
        {
            instances.Remove(old);
        }

        AsTarget = AsTarget?.Instance <= instance ? null : AsTarget;
        AsSource = AsSource is { IsGivenAway: false } source && source.Instance <= instance
            ? isOffered ? source with { Stage = MigrationStage.Done } : Failed(source) : AsSource;
        isOffered &= AsSource is { Stage: < MigrationStage.Granted };
        return null;
    }

    public AgentRefusalKind? Expect(long number, long token)
    {
        if (AsTarget?.Number == number)
        {
            return null;
        }

        if (token <= fence)
        {
            return AgentRefusalKind.StaleInstance;
        }

        AsTarget = MigrationCase.View(MigrationRole.Target, MigrationStage.Preparing, token, number);
        return null;
    }

    public AgentRefusalKind? Migrate(long number, long instance)
    {
        if (AsSource?.Number == number)
        {
            return null;
        }

        if (!instances.TryGetValue(instance, out var phase) || phase != MachinePhase.Running
            || (AsTarget is { Stage: MigrationStage.Fetching } last && last.Instance == instance))
        {
            return AgentRefusalKind.NotMovable;
        }

        AsSource = MigrationCase.View(MigrationRole.Source, MigrationStage.Preparing, instance, number);
        return null;
    }

    public AgentRefusalKind? Cancel(MigrationRole role, long number)
    {
        var view = role == MigrationRole.Source ? AsSource : AsTarget;
        if (view?.Number != number)
        {
            return AgentRefusalKind.UnknownMigration;
        }

        if (view.IsGivenAway || (role == MigrationRole.Source && isOffered))
        {
            return AgentRefusalKind.MigrationCommitted;
        }

        if (role == MigrationRole.Source)
        {
            GiveUp();
        }
        else
        {
            AsTarget = Failed(view);
        }

        return null;
    }

    /// <summary>The grant of the source, or of the operator for it.</summary>
    public AgentRefusalKind? Grant(long number, bool isPostCopy)
    {
        if (AsTarget?.Number != number)
        {
            return AgentRefusalKind.UnknownMigration;
        }

        if (AsTarget.Stage != MigrationStage.Ready)
        {
            AsTarget = mayBeGrantedAhead && !AsTarget.IsGivenAway ? Failed(AsTarget) : AsTarget;
            return AsTarget.IsGivenAway || AsTarget.Stage == MigrationStage.Failed
                ? null : AgentRefusalKind.NotReady;
        }

        instances[AsTarget.Instance] = MachinePhase.Running;
        AsTarget = AsTarget with { Stage = isPostCopy ? MigrationStage.Fetching : MigrationStage.Done };
        return null;
    }

    /// <summary>The operator's word of what has become of the target.</summary>
    public AgentRefusalKind? SettleSource(long number, bool hasTargetGivenUp)
    {
        if (AsSource?.Number != number)
        {
            return AgentRefusalKind.UnknownMigration;
        }

        if (hasTargetGivenUp)
        {
            isOffered = false;
            GiveUp();
        }
        else if (isOffered)
        {
            GiveAway(MigrationStage.Granted);
        }

        return null;
    }

    /// <summary>The operator's word that what has not come never will.</summary>
    public AgentRefusalKind? LosePages(long number)
    {
        if (AsTarget?.Number != number || AsTarget.Stage != MigrationStage.Fetching)
        {
            return AgentRefusalKind.NotFetching;
        }

        instances[AsTarget.Instance] = MachinePhase.Ended;
        failed.Add(AsTarget.Instance);
        AsTarget = Failed(AsTarget);
        return null;
    }

    /// <summary>One step of what the two agents do by themselves.</summary>
    /// <param name="target">The other one.</param>
    /// <param name="isGrantLost">Whether the grant, if this is it, does not arrive.</param>
    public void GoOn(ModelAgent target, bool isGrantLost)
    {
        if (AsSource is not { } source)
        {
            return;
        }

        var other = target.AsTarget?.Number == source.Number ? target.AsTarget : null;
        if (isOffered)
        {
            GoOnOffered(target, other, isGrantLost);
        }
        else if (source.Stage == MigrationStage.Granted)
        {
            AsSource = other?.Stage is MigrationStage.Done or MigrationStage.Fetching
                ? source with { Stage = other.Stage } : source;
        }
        else if (source.Stage == MigrationStage.Fetching)
        {
            if (other?.Stage == MigrationStage.Fetching)
            {
                target.AsTarget = other with { Stage = MigrationStage.Done };
            }

            AsSource = source with { Stage = MigrationStage.Done };
        }
        else if (source.Stage < MigrationStage.Granted
            && (other is null || other.Stage == MigrationStage.Failed || !instances.ContainsKey(source.Instance)))
        {
            GiveUp();
        }
        else if (source.Stage == MigrationStage.Switching && IsAhead && target.mayBeGrantedAhead)
        {
            isOffered = true;
            GoOnOffered(target, other, isGrantLost);
        }
        else if (source.Stage < MigrationStage.Ready)
        {
            target.mayBeGrantedAhead = source.Stage == MigrationStage.Preparing
                ? IsAhead : target.mayBeGrantedAhead;
            var next = source.Stage + 1;
            AsSource = source with { Stage = next };
            target.AsTarget = other! with { Stage = next };
            instances[source.Instance] = next == MigrationStage.Copying ? MachinePhase.Running : MachinePhase.Paused;
        }
        else if (source.Stage == MigrationStage.Ready)
        {
            GiveAway(MigrationStage.Granted);
            if (!isGrantLost)
            {
                target.Grant(source.Number, IsPostCopy);
            }
        }
    }

    /// <summary>The grant has gone along with all that was left: the target has it, has something else, or hears
    /// nothing yet.</summary>
    private void GoOnOffered(ModelAgent target, MigrationView? other, bool isGrantLost)
    {
        if (other?.Stage is MigrationStage.Done or MigrationStage.Fetching)
        {
            GiveAway(other.Stage);
        }
        else if (other?.Stage == MigrationStage.Failed)
        {
            isOffered = false;
            GiveUp();
        }
        else if (other is null || isGrantLost)
        {
            AsSource = AsSource! with { Stage = MigrationStage.Offered };
        }
        else
        {
            target.AsTarget = other with { Stage = MigrationStage.Ready };
            target.Grant(other.Number, IsPostCopy);
        }
    }

    private void GiveAway(MigrationStage stage)
    {
        isOffered = false;
        AsSource = AsSource! with { Stage = stage };
        if (instances.ContainsKey(AsSource.Instance))
        {
            instances[AsSource.Instance] = MachinePhase.GivenAway;
        }
    }

    /// <summary>The source gives it up by itself, if it still can.</summary>
    public void GiveUp()
    {
        if (!isOffered && AsSource is { Stage: < MigrationStage.Granted } source)
        {
            AsSource = Failed(source);
            if (instances.TryGetValue(source.Instance, out var phase) && phase == MachinePhase.Paused)
            {
                instances[source.Instance] = MachinePhase.Running;
            }
        }
    }

    /// <summary>What a report says just now.</summary>
    public AgentView View()
    {
        var view = MachineCase.Agent() with
        {
            Name = name,
            Incarnation = Incarnation,
            Migrations = new[] { AsSource, AsTarget }.OfType<MigrationView>()
                .ToImmutableDictionary(m => (m.Uid, m.Role)),
        };
        return instances.Count == 0 ? view : view.With(new MachineView
        {
            Uid = MachineCase.Uid,
            Instance = instances.Keys.Last(),
            HostUid = $"uid-{name}",
            Phase = instances.Values.Last(),
            Ending = instances.Values.Last() == MachinePhase.Ended
                ? failed.Contains(instances.Keys.Last())
                    ? new MachineEnding("Failed", "pages are lost")
                    : new MachineEnding("Stopped", "was stopped") { WasAsked = true } : null,
        });
    }

    private static MigrationView Failed(MigrationView view) => view with { Stage = MigrationStage.Failed };

    private AgentRefusalKind? Change(long instance, MachinePhase from, MachinePhase to)
    {
        if (!instances.TryGetValue(instance, out var phase))
        {
            return AgentRefusalKind.UnknownMachine;
        }

        instances[instance] = phase == from ? to : phase;
        return null;
    }
}
