using System.Diagnostics;
using Vee.Hypervisor.Migration;
using Vee.Protocol;

namespace Vee.Agent.Guests;

// Machines that are to come: what is reserved for them, and how they take their place.
internal sealed partial class GuestRegistry
{
    private GuestView? FindExpected(GuestSlot slot, GuestSpec spec, ulong number)
    {
        lock (gate)
        {
            ThrowIfClosed_NeedsLock();
            if (slot.Expected is { } expected)
            {
                return expected.Migration.View.Number == number
                    ? expected.View
                    : throw Refused.Precondition(
                        Refusal.Migrating, $"machine {spec.Uid} is expected by another migration");
            }

            if (slot.Guest is { } guest && guest.Spec.Instance == spec.Instance && !guest.IsOver)
            {
                // It has come.
                return guest.View;
            }

            return spec.Instance > slot.NewestInstance ? null : throw Stale(slot, spec.Instance);
        }
    }

    private async Task<GuestView> BeginToExpectAsync(
        GuestSlot slot, GuestSpec spec, ulong number, string sourceHost, ReadOnlyMemory<byte> program,
        ActivityContext? caller)
    {
        if (spec.NetworkAddress == 0)
        {
            throw Refused.Invalid("machine.network_address is missing: a machine that moves keeps its address");
        }

        (spec, var host) = Reserve(spec);
        // An instance that is at this agent already has a console and ports, which the next takes over.
        var shared = slot.Guest is { IsOver: false } here ? here.Fittings : null;
        var fittings = shared ?? new GuestFittings(spec, parts);
        var migration = new MachineMigration(number, spec, MigrationRole.Target, host, parts.Time, Tell, caller);
        var expected = new ExpectedGuest(spec, host, fittings, shared is null, migration);
        try
        {
            if (shared is null)
            {
                fittings.Open(spec.Ports);
            }

            await AskAsync(
                host, () => migration.In = Expect(slot, expected, sourceHost, program), CancellationToken.None);
        }
        catch
        {
            Admit(slot, spec, guest: null);
            if (shared is null)
            {
                await fittings.DisposeAsync();
            }

            throw;
        }

        lock (gate)
        {
            slot.Expected = expected;
            migrations[(spec.Uid, MigrationRole.Target)] = migration;
            observer.HostChanged(host.View);
        }

        return expected.View;
    }

    private IncomingMigration Expect(
        GuestSlot slot, ExpectedGuest expected, string sourceHost, ReadOnlyMemory<byte> program)
    {
        var spec = expected.Spec;
        if (expected.Host.Line.Host.LinkTo(sourceHost) is null)
        {
            // Its source would speak to nobody: whoever plans the rack has not come as far as this agent.
            throw Refused.Precondition(
                Refusal.NotLinked, $"no link leads from host '{expected.Host.Spec.Name}' to host '{sourceHost}'");
        }

        Guest? came = null;
        return IncomingMigration.Begin(
            expected.Host.Line.Host,
            new IncomingMachine(
                expected.Migration.View.Number, sourceHost, spec.Instance, (ulong)spec.MemoryBytes,
                expected.Fittings.Console)
            {
                Make = create =>
                {
                    came = Guest.Came(spec, expected.Host, expected.Fittings, program, create, parts, this);
                    return came.Machine;
                },
                TakeLuggage = expected.AreFittingsOwn ? expected.Fittings.NewLuggageReader().TryTake : _ => true,
                Lose = why => came!.LosePages(why),
                Settle = _ => Settle(slot, came!, sourceHost, expected),
            },
            expected.Migration);
    }

    /// <summary>A machine has come: it takes the place of the instance before, if that is here.</summary>
    private void Settle(GuestSlot slot, Guest came, string sourceHost, ExpectedGuest expected)
    {
        Guest? former;
        lock (gate)
        {
            former = slot.Guest;
            slot.Guest = came;
            slot.Expected = null;
            slot.NewestInstance = came.Spec.Instance;
            slot.TombstoneNumber = 0;
        }

        former?.GiveFittings();
        came.Arrive(
            sourceHost, expected.Migration.View.Number, expected.AreFittingsOwn, expected.Migration.GoesOn);
        lock (gate)
        {
            observer.MachineChanged(came);
        }
    }
}
