using System.Net;
using Vee.Agent.Equipment;
using Vee.Protocol;

namespace Vee.Agent.Guests;

// What hosts have beside machines. Addresses of probes are taken as machines' are.
internal sealed partial class GuestRegistry
{
    /// <summary>Says what a host has beside machines.</summary>
    /// <returns>Completes when it has that.</returns>
    /// <exception cref="Grpc.Core.RpcException">ADDRESS_UNAVAILABLE or HOST_FAILED.</exception>
    internal Task EquipAsync(SimulatedHost host, EquipmentSpec equipment)
    {
        lock (gate)
        {
            ThrowIfClosed_NeedsLock();
            var others = host.Addresses.Except(host.ProbeAddresses).ToHashSet();
            if (equipment.Probes.FirstOrDefault(probe => others.Contains(probe.Address)) is { } taken)
            {
                throw Refused.Exists(
                    Refusal.AddressUnavailable,
                    $"a machine of host '{host.Spec.Name}' has the address {new IPAddress(BytesOf(taken.Address))} of "
                    + $"probe '{taken.Name}'");
            }

            host.Addresses.ExceptWith(host.ProbeAddresses);
            host.ProbeAddresses = [.. equipment.Probes.Select(probe => probe.Address)];
            host.Addresses.UnionWith(host.ProbeAddresses);
            // Under the lock, so that a host gets all of this in the order in which its addresses are taken.
            return Place(host, equipment);
        }
    }

    private static Task Place(SimulatedHost host, EquipmentSpec equipment)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Line.Post(
            () =>
            {
                if (host.Line.Rack.HasFailed)
                {
                    done.TrySetException(Refused.Precondition(
                        Refusal.HostFailed, $"host '{host.Spec.Name}' cannot go on: {host.Line.Time.Message}"));
                    return;
                }

                try
                {
                    host.Line.Equipment.Set(equipment);
                    done.TrySetResult();
                }
#pragma warning disable CA1031 // Whoever waits for it is told; the machines beside go on.
                catch (Exception failure)
#pragma warning restore CA1031
                {
                    done.TrySetException(Refused.Invalid(
                        $"host '{host.Spec.Name}' cannot have that: {failure.Message}"));
                }
            },
            isUrgent: true);
        return done.Task;
    }
}
