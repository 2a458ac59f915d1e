namespace Vee.ControllerRuntime.Informers;

/// <summary>An informer, whatever its type.</summary>
internal interface IRunningInformer
{
    /// <summary>The resource, for people.</summary>
    string Name { get; }

    /// <summary>The first list is in the store.</summary>
    bool HasSynced { get; }

    /// <summary>The server was heard of not long ago.</summary>
    bool IsHealthy { get; }

    /// <summary>Tells, on the informer's thread, that own writes that were waited for are in the store.</summary>
    void OnCaughtUp(Action told);

    /// <summary>Runs until cancelled.</summary>
    Task RunAsync(CancellationToken cancellation);

    /// <summary>Completes when <see cref="HasSynced"/>.</summary>
    Task WaitForSyncAsync(CancellationToken cancellation);
}
