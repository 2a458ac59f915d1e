using k8s;
using k8s.Models;
using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Clients;

namespace Vee.Cli.Up;

/// <summary>Waits until objects are as they are to be.</summary>
/// <param name="connection">To the cluster.</param>
/// <param name="time">Measures.</param>
internal sealed class ObjectWait(KubernetesConnection connection, TimeProvider time)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    /// <summary>A machine of the default namespace that is ready.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isComplete">Whether its status has all that is needed.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<VirtualMachine> UntilAsync(
        string name, Func<VirtualMachineStatus, bool> isComplete, CancellationToken cancellation) =>
        UntilAsync<VirtualMachine>(
            new ObjectKey("default", name), machine => machine.Status?.Conditions,
            machine => IsTrue(machine.Status?.Conditions, ConditionTypes.Ready) && isComplete(machine.Status!),
            cancellation);

    /// <summary>An object of any kind.</summary>
    /// <exception cref="UpException">It is not so after 30 s; the message is that of its Ready condition.</exception>
    public async Task<T> UntilAsync<T>(
        ObjectKey key, Func<T, IReadOnlyList<V1Condition>?> conditions, Func<T, bool> isThere,
        CancellationToken cancellation)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var found = await connection.Resource<T>().GetAsync(key, cancellation);
            if (isThere(found))
            {
                return found;
            }

            if (time.GetElapsedTime(start) > Timeout)
            {
                var ready = conditions(found)?.FirstOrDefault(c => c.Type == ConditionTypes.Ready);
                throw new UpException(
                    $"{key.Name} was not ready after {Timeout.TotalSeconds} s: {ready?.Message ?? "no status"}.");
            }

            await Task.Delay(LookAgain, time, cancellation);
        }
    }

    public static bool IsTrue(IReadOnlyList<V1Condition>? conditions, string type) =>
        conditions?.FirstOrDefault(c => c.Type == type)?.Status == "True";
}
