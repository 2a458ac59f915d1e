using System.Net;
using Vee.Agent.Probing;
using Vee.Protocol;

namespace Vee.Agent.Guests;

// Probes of hosts. Their addresses are taken as machines' are.
internal sealed partial class GuestRegistry
{
    /// <summary>Says which probes a host has.</summary>
    /// <returns>Completes when it has them.</returns>
    /// <exception cref="Grpc.Core.RpcException">UNKNOWN_HOST, ADDRESS_UNAVAILABLE or HOST_FAILED.</exception>
    internal Task SetProbesAsync(string hostUid, IReadOnlyList<ProbeSpec> probes)
    {
        lock (gate)
        {
            ThrowIfClosed_NeedsLock();
            var host = hosts.GetValueOrDefault(hostUid)
                ?? throw Refused.NotFound(Refusal.UnknownHost, $"there is no host {hostUid} here");
            var others = host.Addresses.Except(host.ProbeAddresses).ToHashSet();
            if (probes.FirstOrDefault(probe => others.Contains(probe.Address)) is { } taken)
            {
                throw Refused.Exists(
                    Refusal.AddressUnavailable,
                    $"a machine of host '{host.Spec.Name}' has the address {new IPAddress(BytesOf(taken.Address))} of "
                    + $"probe '{taken.Name}'");
            }

            host.Addresses.ExceptWith(host.ProbeAddresses);
            host.ProbeAddresses = [.. probes.Select(probe => probe.Address)];
            host.Addresses.UnionWith(host.ProbeAddresses);
            // Under the lock, so that hosts get them in the order in which their addresses are taken.
            return Place(host, probes);
        }
    }

    private static Task Place(SimulatedHost host, IReadOnlyList<ProbeSpec> probes)
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

                host.Line.Probes.Set(probes);
                done.TrySetResult();
            },
            isUrgent: true);
        return done.Task;
    }
}
