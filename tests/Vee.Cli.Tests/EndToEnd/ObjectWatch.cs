using k8s;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>A watch of one object, with a deadline for each thing that is waited for.</summary>
internal sealed class ObjectWatch : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource ending =
        CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private readonly IAsyncEnumerator<(WatchEventType Type, UserObject Object)> changes;
    private readonly string name;

    internal ObjectWatch(GenericClient client, string @namespace, string name)
    {
        this.name = name;
        var all = @namespace.Length == 0
            ? client.WatchAsync<UserObject>(cancel: ending.Token)
            : client.WatchNamespacedAsync<UserObject>(@namespace, cancel: ending.Token);
        changes = all.GetAsyncEnumerator(ending.Token);
    }

    /// <summary>Reads changes up to the one that is waited for.</summary>
    internal async Task<UserObject> UntilAsync(Func<WatchEventType, UserObject, bool> isRight)
    {
        UserObject? last = null;
        ending.CancelAfter(Patience);
        try
        {
            while (await changes.MoveNextAsync())
            {
                if (changes.Current.Object.Metadata.Name != name)
                {
                    continue;
                }

                last = changes.Current.Object;
                if (isRight(changes.Current.Type, last))
                {
                    return last;
                }
            }

            throw new InvalidOperationException($"the watch of {name} has ended; last seen: {last?.Status}");
        }
        catch (OperationCanceledException e) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{name}: not within {Patience.TotalSeconds} s; last seen: {last?.Status}", e);
        }
    }

    internal Task<UserObject> UntilConditionAsync(string type) =>
        UntilAsync((_, o) => o.Condition(type) == "True");

    internal Task<UserObject> UntilDeletedAsync() => UntilAsync((type, _) => type == WatchEventType.Deleted);

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await changes.DisposeAsync();
        ending.Dispose();
    }
}
