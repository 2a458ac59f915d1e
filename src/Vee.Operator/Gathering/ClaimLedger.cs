using System.Collections.Concurrent;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Gathering;

/// <summary>Claims that the store may not show yet, so that no room is given away twice.</summary>
internal sealed class ClaimLedger : IDisposable
{
    private readonly ConcurrentDictionary<string, VirtualMachine> written = new(StringComparer.Ordinal);

    private readonly SemaphoreSlim claiming = new(1);

    public void Dispose() => claiming.Dispose();

    /// <summary>Claims are made one at a time, so that each knows of the one before.</summary>
    public async Task<T> OneByOneAsync<T>(Func<Task<T>> claim, CancellationToken cancellation)
    {
        await claiming.WaitAsync(cancellation);
        try
        {
            return await claim();
        }
        finally
        {
            claiming.Release();
        }
    }

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
        if (seen < wrote || (seen == wrote && (fromStore.Status?.Network != claim.Status?.Network
            || fromStore.Status?.Migration != claim.Status?.Migration)))
        {
            return claim;
        }

        written.TryRemove(new(fromStore.Metadata.Uid, claim));
        return fromStore;
    }

    /// <summary>The machine is gone.</summary>
    public void Forget(string uid) => written.TryRemove(uid, out _);
}
