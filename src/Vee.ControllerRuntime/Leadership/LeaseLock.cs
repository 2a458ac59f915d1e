using k8s.Models;
using Vee.ControllerRuntime.Clients;

namespace Vee.ControllerRuntime.Leadership;

/// <summary>What one attempt on the lease came to.</summary>
internal enum LeaseAttempt
{
    /// <summary>Not an answer: the attempt failed, or came in between two others.</summary>
    None = 0,

    /// <summary>The lease is ours from the moment before the attempt.</summary>
    Held,

    /// <summary>Somebody else holds it.</summary>
    Refused,
}

/// <summary>One instance's view of the lease. Not thread-safe: attempts follow each other.</summary>
/// <remarks>
/// Nobody's wall clock is compared with anybody else's: another holder's lease runs out when it was not seen to change
/// for its whole duration on our own monotonic clock.
/// </remarks>
internal sealed class LeaseLock(
    ResourceClient<V1Lease> client, LeaderElectionOptions options, TimeProvider time)
{
    private V1Lease? observed;
    private long observedAt;

    internal string Holder => observed?.Spec?.HolderIdentity ?? "";

    private ObjectKey Key => new(options.Namespace, options.Name);

    /// <summary>Takes the lease if it is free, or renews it if it is ours.</summary>
    internal async Task<LeaseAttempt> TryHoldAsync(CancellationToken cancellation)
    {
        try
        {
            // Our own lease as we last wrote it: the version in it makes the update fail if anybody touched it since.
            if (IsOurs(observed))
            {
                Observe(await client.UpdateAsync(Renewed(observed!), cancellation));
                return LeaseAttempt.Held;
            }
        }
        catch (KubernetesApiException exception) when (exception.IsConflict || exception.IsNotFound)
        {
            // An attempt of ours whose answer was lost, or another holder: look.
        }

        return await LookAndTakeAsync(cancellation);
    }

    /// <summary>Gives the lease back if it is still ours.</summary>
    /// <returns>False when it was not.</returns>
    internal async Task<bool> TryReleaseAsync(CancellationToken cancellation)
    {
        Observe(await client.GetAsync(Key, cancellation));
        if (!IsOurs(observed))
        {
            return false;
        }

        var free = KubernetesSerializer.Clone(observed!);
        free.Spec.HolderIdentity = null;
        free.Spec.LeaseDurationSeconds = 1;
        free.Spec.RenewTime = MicroTime.Of(time.GetUtcNow());
        try
        {
            Observe(await client.UpdateAsync(free, cancellation));
            return true;
        }
        catch (KubernetesApiException exception) when (exception.IsConflict || exception.IsNotFound)
        {
            return false;
        }
    }

    private async Task<LeaseAttempt> LookAndTakeAsync(CancellationToken cancellation)
    {
        try
        {
            if (await client.FindAsync(Key, cancellation) is not { } lease)
            {
                Observe(await client.CreateAsync(New(), cancellation));
                return LeaseAttempt.Held;
            }

            Observe(lease);
            if (!IsOurs(lease) && !IsFree(lease))
            {
                return LeaseAttempt.Refused;
            }

            Observe(await client.UpdateAsync(IsOurs(lease) ? Renewed(lease) : Taken(lease), cancellation));
            return LeaseAttempt.Held;
        }
        catch (KubernetesApiException exception)
            when (exception.IsConflict || exception.IsAlreadyExists || exception.IsNotFound)
        {
            // It changed between look and update, which says nothing about who holds it now.
            return LeaseAttempt.None;
        }
    }

    private bool IsOurs(V1Lease? lease) => lease?.Spec?.HolderIdentity == options.Identity;

    private bool IsFree(V1Lease lease)
    {
        if (string.IsNullOrEmpty(lease.Spec?.HolderIdentity))
        {
            return true;
        }

        // The holder may have been started with another duration than ours: the longer one is safe.
        var theirs = TimeSpan.FromSeconds(lease.Spec.LeaseDurationSeconds ?? 0);
        var duration = theirs > options.LeaseDuration ? theirs : options.LeaseDuration;
        return time.GetElapsedTime(observedAt) >= duration;
    }

    /// <summary>Remembers when a version was first seen; seeing it again does not make it younger.</summary>
    private void Observe(V1Lease lease)
    {
        if (observed?.Metadata.ResourceVersion != lease.Metadata.ResourceVersion
            || observed?.Metadata.Uid != lease.Metadata.Uid)
        {
            observedAt = time.GetTimestamp();
        }

        observed = lease;
    }

    private V1Lease New() => new()
    {
        Metadata = new V1ObjectMeta { Name = options.Name, NamespaceProperty = options.Namespace },
        Spec = Held(new V1LeaseSpec { LeaseTransitions = 0 }),
    };

    private V1Lease Taken(V1Lease lease)
    {
        var taken = KubernetesSerializer.Clone(lease);
        taken.Spec ??= new V1LeaseSpec();
        taken.Spec.LeaseTransitions = (taken.Spec.LeaseTransitions ?? 0) + 1;
        Held(taken.Spec);
        return taken;
    }

    private V1Lease Renewed(V1Lease lease)
    {
        var renewed = KubernetesSerializer.Clone(lease);
        renewed.Spec.LeaseDurationSeconds = (int)options.LeaseDuration.TotalSeconds;
        renewed.Spec.RenewTime = MicroTime.Of(time.GetUtcNow());
        return renewed;
    }

    private V1LeaseSpec Held(V1LeaseSpec spec)
    {
        var now = MicroTime.Of(time.GetUtcNow());
        spec.HolderIdentity = options.Identity;
        spec.LeaseDurationSeconds = (int)options.LeaseDuration.TotalSeconds;
        spec.AcquireTime = now;
        spec.RenewTime = now;
        return spec;
    }
}
