using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Vee.ControllerRuntime.Clients;

namespace Vee.ControllerRuntime.Status;

/// <summary>Writes the status of objects by server-side apply, and only when something changed.</summary>
/// <param name="client">The type's client.</param>
/// <param name="fieldManager">The one writer of the whole status of this type.</param>
public sealed class StatusWriter<T>(ResourceClient<T> client, string fieldManager)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Applies <c>desired.Status</c>, all of it: what it leaves out and this manager had set is
    /// removed.</summary>
    /// <param name="current">The object as last read or written.</param>
    /// <param name="desired">The same object, by its uid, with the status that it should have.</param>
    /// <param name="isGuarded">
    /// Whether it is written only if nobody has changed the object since <paramref name="current"/>; it is then written
    /// even if nothing differs, so that it is known to be so.
    /// </param>
    /// <param name="cancellation">Stops waiting; the server may still carry it out.</param>
    /// <returns>The object as it is afterwards; <paramref name="current"/> itself when nothing was sent.</returns>
    /// <exception cref="KubernetesApiException">
    /// 404 when the object is gone, 409 when it is another one, or was changed and the write is guarded.
    /// </exception>
    public async Task<T> WriteAsync(T current, T desired, bool isGuarded, CancellationToken cancellation)
    {
        if (!isGuarded && JsonNode.DeepEquals(StatusOf(current), StatusOf(desired)))
        {
            return current;
        }

        var options = new ApplyOptions
        {
            FieldManager = fieldManager,
            ResourceVersion = isGuarded ? current.Metadata.ResourceVersion : null,
        };
        return await client.ApplyStatusAsync(desired, options, cancellation);
    }

    private static JsonNode? StatusOf(T entity) => KubernetesSerializer.ToNode(entity)["status"];
}
