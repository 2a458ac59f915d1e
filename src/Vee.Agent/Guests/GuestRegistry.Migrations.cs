using System.Diagnostics;
using Vee.Protocol;
using IncomingMigration = Vee.Hypervisor.Migration.IncomingMigration;
using MigrationFailure = Vee.Hypervisor.Migration.MigrationFailure;
using MigrationPhase = Vee.Hypervisor.Migration.MigrationPhase;
using MigrationOptions = Vee.Hypervisor.Migration.MigrationOptions;

namespace Vee.Agent.Guests;

// Machines that come from other hosts, and go to them. What moves is touched in turns of its host's rack; who may be
// here is decided under the lock, as for machines that are made here.
internal sealed partial class GuestRegistry
{
    private static readonly MigrationFailure Cancelled = new("Cancelled", "somebody gave it up", IsRetryable: true);

    // The last one of each machine and side.
    private readonly Dictionary<(string Uid, MigrationRole Role), MachineMigration> migrations = [];

    // Where clients are connected whose machine is at another agent: its ports may be needed for its return.
    private readonly Dictionary<string, List<GuestFittings>> left = new(StringComparer.Ordinal);

    /// <summary>All migrations; with the lock that <see cref="Look"/> takes, too.</summary>
    internal IReadOnlyList<MigrationView> Migrations
    {
        get
        {
            lock (gate)
            {
                return [.. migrations.Values.Select(migration => migration.View)];
            }
        }
    }

    /// <summary>Makes room for a machine that is to come.</summary>
    /// <param name="spec">As for creating it; its instance is the token.</param>
    /// <param name="number">Of the migration.</param>
    /// <param name="sourceHost">Name of the host that it comes from.</param>
    /// <param name="program">The image's bytes, for symbols; empty if it is not here.</param>
    /// <param name="caller">The span that the target's are part of; null for no trace.</param>
    /// <param name="cancellationToken">Ends the wait for other calls about the machine.</param>
    /// <exception cref="Grpc.Core.RpcException">One of the refusals that the contract names.</exception>
    internal async Task<GuestView> ExpectAsync(
        GuestSpec spec, ulong number, string sourceHost, ReadOnlyMemory<byte> program, ActivityContext? caller,
        CancellationToken cancellationToken)
    {
        var slot = Enter(spec.Uid);
        try
        {
            await slot.Turn.WaitAsync(cancellationToken);
            try
            {
                return FindExpected(slot, spec, number)
                    ?? await BeginToExpectAsync(slot, spec, number, sourceHost, program, caller);
            }
            finally
            {
                slot.Turn.Release();
            }
        }
        finally
        {
            Leave(slot);
        }
    }

    /// <summary>Begins to move a machine to another host.</summary>
    /// <exception cref="Grpc.Core.RpcException">One of the refusals that the contract names.</exception>
    internal async Task<MigrationView> MigrateAsync(
        string uid, long instance, ulong number, (string Host, long Token) target, MigrationOptions options,
        ActivityContext? caller, CancellationToken cancellationToken)
    {
        var guest = Find(uid, instance);
        SimulatedHost host;
        lock (gate)
        {
            ThrowIfClosed_NeedsLock();
            if (migrations.TryGetValue((uid, MigrationRole.Source), out var known) && known.View.Number == number)
            {
                return known.View;
            }

            host = hosts[guest.Spec.HostUid];
        }

        var migration = new MachineMigration(
            number, guest.Spec, MigrationRole.Source, host, parts.Time, Tell, caller);
        return await AskAsync(
            host,
            () =>
            {
                if (guest.TryMove(number, target.Host, target.Token, options, migration, out var begun)
                    is var (reason, message))
                {
                    throw Refused.Precondition(reason, message);
                }

                migration.Out = begun;
                lock (gate)
                {
                    migrations[(uid, MigrationRole.Source)] = migration;
                }

                return migration.View;
            },
            cancellationToken);
    }

    /// <summary>A migration as it is.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNKNOWN_MIGRATION.</exception>
    internal MigrationView InspectMigration(string uid, ulong number) => FindMigrations(uid, number)[0].View;

    /// <summary>Gives a migration up at this agent, on whichever side it is.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNKNOWN_MIGRATION or MIGRATION_COMMITTED.</exception>
    internal async Task<MigrationView> CancelMigrationAsync(
        string uid, ulong number, CancellationToken cancellationToken)
    {
        // With both sides here, the source decides, and tells the target.
        var migration = FindMigrations(uid, number)[0];
        return await AskAsync(
            migration.Host,
            () => migration.TryGiveUp(Cancelled)
                ? migration.View
                : throw Refused.Precondition(
                    Refusal.MigrationCommitted, "the machine was given to the target already"),
            cancellationToken);
    }

    /// <summary>Says to the target that the source has granted.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNKNOWN_MIGRATION or NOT_READY.</exception>
    internal async Task<MigrationView> SettleMigrationAsync(
        string uid, ulong number, CancellationToken cancellationToken)
    {
        var migration = FindSide(uid, number, MigrationRole.Target, Refusal.UnknownMigration);
        return await AskAsync(
            migration.Host,
            () => migration.In!.TrySettle()
                ? migration.View
                : throw Refused.Precondition(
                    Refusal.NotReady,
                    $"the target is {migration.View.Report.Phase}: it has not got all of the machine"),
            cancellationToken);
    }

    /// <summary>Says to the source what has become of the target: it has given up, or it is gone for good.</summary>
    /// <param name="uid">Of the machine.</param>
    /// <param name="number">Of the migration.</param>
    /// <param name="whyGivenUp">Why the target has given up; null if it is gone.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="Grpc.Core.RpcException">UNKNOWN_MIGRATION.</exception>
    internal async Task<MigrationView> SettleSourceAsync(
        string uid, ulong number, MigrationFailure? whyGivenUp, CancellationToken cancellationToken)
    {
        var migration = FindSide(uid, number, MigrationRole.Source, Refusal.UnknownMigration);
        return await AskAsync(
            migration.Host,
            () =>
            {
                _ = whyGivenUp is not null ? migration.Out!.TryTakeBack(whyGivenUp) : migration.Out!.TryConfirm();
                return migration.View;
            },
            cancellationToken);
    }

    /// <summary>Says to the target that what it still lacks of the machine's pages is gone.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNKNOWN_MIGRATION or NOT_FETCHING.</exception>
    internal async Task<MigrationView> LosePagesAsync(string uid, ulong number, CancellationToken cancellationToken)
    {
        var migration = FindSide(uid, number, MigrationRole.Target, Refusal.NotFetching);
        return await AskAsync(
            migration.Host,
            () => migration.View.Report.Failure?.Reason == IncomingMigration.PagesLost
                || migration.In!.TryLosePages("the host that has them is gone")
                ? migration.View
                : throw Refused.Precondition(
                    Refusal.NotFetching, $"the target is {migration.View.Report.Phase}: no pages follow"),
            cancellationToken);
    }

    /// <summary>Gives a machine up that is expected, and all that was reserved for it.</summary>
    private async Task ForgetExpectedAsync(GuestSlot slot, ExpectedGuest expected)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        expected.Host.Line.Post(
            () =>
            {
                // On a host that cannot go on there is nothing to give up any more.
                _ = expected.Host.Line.Rack.HasFailed || expected.Migration.TryGiveUp(Cancelled);
                done.TrySetResult();
            },
            isUrgent: true);
        await done.Task;
        await ReleaseAsync(slot, expected);
    }

    /// <summary>Gives up what is expected, and whoever is still connected to machines that have gone.</summary>
    internal async Task EndMovesAsync()
    {
        List<(GuestSlot Slot, ExpectedGuest Expected)> expected;
        List<GuestFittings> former;
        lock (gate)
        {
            expected = [.. slots.Values.Where(slot => slot.Expected is not null).Select(s => (s, s.Expected!))];
            former = [.. left.Values.SelectMany(fittings => fittings)];
        }

        await Task.WhenAll(expected.Select(one => ForgetExpectedAsync(one.Slot, one.Expected)));
        await Task.WhenAll(former.Select(fittings => fittings.DisposeAsync().AsTask()));
    }

    private MachineMigration FindSide(string uid, ulong number, MigrationRole role, string refusal) =>
        FindMigrations(uid, number).Find(known => known.View.Role == role)
            ?? throw Refused.Precondition(refusal, $"this agent is not the {role} of that migration");

    private List<MachineMigration> FindMigrations(string uid, ulong number)
    {
        lock (gate)
        {
            List<MachineMigration> found =
            [
                .. new[] { MigrationRole.Source, MigrationRole.Target }
                    .Select(role => migrations.GetValueOrDefault((uid, role)))
                    .OfType<MachineMigration>().Where(known => known.View.Number == number),
            ];
            return found.Count > 0
                ? found
                : throw Refused.NotFound(
                    Refusal.UnknownMigration, $"there is no migration {number:x16} of machine {uid} here");
        }
    }

    private void Tell(MachineMigration migration)
    {
        var view = migration.View;
        if (migration.TryEnd())
        {
            parts.Meters.CountEnded(view);
        }

        lock (gate)
        {
            observer.MigrationChanged(view);
        }

        if (view is { Role: MigrationRole.Target, Report.Phase: MigrationPhase.Failed })
        {
            _ = ReleaseLaterAsync(view.Uid, migration);
        }
    }

    /// <summary>The source has given the migration up: nothing is expected any more.</summary>
    private async Task ReleaseLaterAsync(string uid, MachineMigration migration)
    {
        await Task.Yield();
        var slot = Enter(uid);
        try
        {
            await slot.Turn.WaitAsync();
            try
            {
                if (slot.Expected is { } expected && expected.Migration == migration)
                {
                    await ReleaseAsync(slot, expected);
                }
            }
            finally
            {
                slot.Turn.Release();
            }
        }
        finally
        {
            Leave(slot);
        }
    }

    private async Task ReleaseAsync(GuestSlot slot, ExpectedGuest expected)
    {
        lock (gate)
        {
            if (slot.Expected != expected)
            {
                return;
            }

            slot.Expected = null;
            // What was given up never comes here again.
            slot.NewestInstance = slot.Guest is { IsOver: false }
                ? slot.NewestInstance : Math.Max(slot.NewestInstance, expected.Spec.Instance);
        }

        Admit(slot, expected.Spec, guest: null);
        if (expected.AreFittingsOwn)
        {
            await expected.Fittings.DisposeAsync();
        }
    }

    /// <summary>A machine comes to this agent: whoever was connected with it here before stays so, but its ports are
    /// its own.</summary>
    private void FreePorts_NeedsLock(string uid)
    {
        if (left.Remove(uid, out var fittings))
        {
            fittings.ForEach(one => one.Gateway.CloseListeners());
        }
    }

    /// <summary>An instance executes on another host. If its successor is here, nothing is left of it.</summary>
    private void GaveAway_NeedsLock(Guest guest, SimulatedHost host)
    {
        host.AllocatedBytes -= guest.Spec.MemoryBytes;
        if (slots.GetValueOrDefault(guest.Spec.Uid)?.Guest != guest)
        {
            host.MachineCount--;
            host.Addresses.Remove(guest.Address);
            machineCount--;
        }
        else
        {
            var former = left.GetValueOrDefault(guest.Spec.Uid, []);
            former.RemoveAll(fittings => fittings.IsDisposed);
            left[guest.Spec.Uid] = [.. former, guest.Fittings];
        }

        observer.HostChanged(host.View);
    }

    /// <summary>Does something in a turn of a host's rack and waits for it.</summary>
    private static async Task<T> AskAsync<T>(SimulatedHost host, Func<T> ask, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Line.Post(
            () =>
            {
                try
                {
                    done.TrySetResult(
                        host.Line.Rack.HasFailed
                            ? throw Refused.Precondition(
                                Refusal.HostFailed, $"host '{host.Spec.Name}' cannot go on: {host.Line.Time.Message}")
                            : ask());
                }
#pragma warning disable CA1031 // Whoever asked is told; the machines beside go on.
                catch (Exception failure)
#pragma warning restore CA1031
                {
                    done.TrySetException(failure);
                }
            },
            isUrgent: true);
        return await done.Task.WaitAsync(cancellationToken);
    }
}
