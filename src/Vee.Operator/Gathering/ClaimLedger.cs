using System.Collections.Concurrent;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Gathering;

/// <summary>Claims that the store may not show yet, so that no room is given away twice.</summary>
internal sealed class ClaimLedger
{
    private readonly ConcurrentDictionary<string, VirtualMachine> written = new(StringComparer.Ordinal);

    /// <summary>Remembers a machine as the API server has accepted it.</summary>
    public void Written(VirtualMachine machine) => written[machine.Metadata.Uid] = machine;

    /// <summary>The machine as last written, as long as the store's is older.</summary>
    public VirtualMachine Newest(VirtualMachine fromStore)
    {
        if (!written.TryGetValue(fromStore.Metadata.Uid, out var claim))
        {
            return fromStore;
        }

        var (seen, wrote) = (fromStore.Status?.Instance ?? 0, claim.Status?.Instance ?? 0);
        if (seen < wrote || (seen == wrote && fromStore.Status?.Network != claim.Status?.Network))
        {
            return claim;
        }

        written.TryRemove(new(fromStore.Metadata.Uid, claim));
        return fromStore;
    }

    /// <summary>The machine is gone.</summary>
    public void Forget(string uid) => written.TryRemove(uid, out _);
}
