using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Vee.ControllerRuntime.Clients;

/// <summary>Reads and writes the objects of one type.</summary>
/// <remarks>
/// Thread-safe. Every method throws <see cref="KubernetesApiException"/> when the server says no,
/// <see cref="HttpRequestException"/> or <see cref="IOException"/> when the connection fails,
/// <see cref="TimeoutException"/> after <see cref="KubernetesConnectionOptions.RequestTimeout"/>.
/// Reads, applies, merge patches and deletes are idempotent and sent again after 429, 503 (as late as the server asks)
/// and lost connections; creates, updates and JSON patches are sent once.
/// </remarks>
public sealed class ResourceClient<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    internal ResourceClient(KubernetesConnection connection)
    {
        Definition = connection.Options.Catalog.DefinitionOf<T>();
    }

    /// <summary>Where the objects are.</summary>
    public ResourceDefinition Definition { get; }

    /// <summary>The object as the server has it now.</summary>
    /// <exception cref="KubernetesApiException">404 when it is not there.</exception>
    public Task<T> GetAsync(ObjectKey key, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>The object as the server has it now, or null when it is not there.</summary>
    public Task<T?> FindAsync(ObjectKey key, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>One page of a list.</summary>
    /// <exception cref="KubernetesApiException">410 when the continue token is too old.</exception>
    public Task<ResourcePage<T>> ListPageAsync(
        ResourceScope scope, ListOptions options, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Every object of a scope, page by page.</summary>
    public IAsyncEnumerable<T> ListAsync(ResourceScope scope, CancellationToken cancellation) =>
        throw new NotSupportedException();

    /// <summary>Creates an object. Sent once: after a lost connection look whether it is there.</summary>
    /// <exception cref="KubernetesApiException">409 <c>AlreadyExists</c>.</exception>
    public Task<T> CreateAsync(T entity, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Replaces an object whose <c>metadata.resourceVersion</c> is set.</summary>
    /// <exception cref="KubernetesApiException">409 when it changed meanwhile.</exception>
    /// <remarks>Never for objects of users: quantities and unknown fields do not survive the round trip.</remarks>
    public Task<T> UpdateAsync(T entity, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Creates or changes an object by server-side apply; only fields that are not null are claimed.</summary>
    /// <remarks>Kind and apiVersion are filled in; server-set metadata (managedFields, creation, version) is left
    /// out.</remarks>
    public Task<T> ApplyAsync(T entity, ApplyOptions options, CancellationToken cancellation) =>
        throw new NotSupportedException();

    /// <summary>As <see cref="ApplyAsync(T, ApplyOptions, CancellationToken)"/>, of exactly these fields.</summary>
    /// <param name="key">The object.</param>
    /// <param name="fields">Top-level fields beside <c>apiVersion</c> and <c>kind</c>, which are filled in.</param>
    /// <param name="options">Field manager and preconditions.</param>
    /// <param name="cancellation">Stops waiting; the server may still carry it out.</param>
    public Task<T> ApplyAsync(
        ObjectKey key, JsonObject fields, ApplyOptions options, CancellationToken cancellation) =>
        throw new NotSupportedException();

    /// <summary>Applies the status of an object that exists. The entity's uid, if set, must match.</summary>
    /// <exception cref="KubernetesApiException">404 when it is gone, 409 when it is another one.</exception>
    public Task<T> ApplyStatusAsync(T entity, ApplyOptions options, CancellationToken cancellation) =>
        throw new NotSupportedException();

    /// <summary>Changes part of an object.</summary>
    /// <param name="key">The object.</param>
    /// <param name="patch">The change.</param>
    /// <param name="subresource">Such as <c>status</c> or <c>scale</c>; null for the object itself.</param>
    /// <param name="cancellation">Stops waiting; the server may still carry it out.</param>
    public Task<T> PatchAsync(
        ObjectKey key, ResourcePatch patch, string? subresource, CancellationToken cancellation) =>
        throw new NotSupportedException();

    /// <summary>Asks for deletion.</summary>
    /// <returns>False when no such object is there.</returns>
    /// <exception cref="KubernetesApiException">409 when a precondition fails.</exception>
    public Task<bool> DeleteAsync(ObjectKey key, DeleteOptions options, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
