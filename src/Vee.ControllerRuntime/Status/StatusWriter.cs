using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Vee.ControllerRuntime.Clients;
using Vee.ControllerRuntime.Informers;

namespace Vee.ControllerRuntime.Status;

/// <summary>Writes the status of objects by server-side apply, and only when it differs from the store's.</summary>
/// <param name="client">The type's client.</param>
/// <param name="store">The type's store.</param>
/// <param name="fieldManager">The one writer of the whole status of this type.</param>
public sealed class StatusWriter<T>(ResourceClient<T> client, IStore<T> store, string fieldManager)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ApplyOptions options = new() { FieldManager = fieldManager };

    /// <summary>Applies <c>entity.Status</c>, all of it: what it leaves out and this manager had set is
    /// removed.</summary>
    /// <param name="entity">The object with the status that it should have; its uid must still be the same.</param>
    /// <param name="cancellation">Stops waiting; the server may still carry it out.</param>
    /// <returns>False when nothing differed and nothing was sent.</returns>
    /// <exception cref="KubernetesApiException">404 when the object is gone, 409 when it is another one.</exception>
    public async Task<bool> WriteAsync(T entity, CancellationToken cancellation)
    {
        if (store.Get(entity.Metadata.Key) is { } known
            && known.Metadata.Uid == entity.Metadata.Uid
            && JsonNode.DeepEquals(StatusOf(known), StatusOf(entity)))
        {
            return false;
        }

        await client.ApplyStatusAsync(entity, options, cancellation);
        return true;
    }

    private static JsonNode? StatusOf(T entity) => KubernetesSerializer.ToNode(entity)["status"];
}
