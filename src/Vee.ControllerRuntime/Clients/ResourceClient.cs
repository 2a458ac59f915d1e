using System.Runtime.CompilerServices;
using System.Text.Json;
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
    private const string ApplyContentType = "application/apply-patch+yaml";

    private readonly ApiTransport transport;
    private readonly Lock gate = new();
    private volatile Action<OwnWrite>? observers;
    private volatile Action<ObjectKey>? doubters;

    internal ResourceClient(KubernetesConnection connection)
    {
        Definition = connection.Options.Catalog.DefinitionOf<T>();
        transport = connection.Transport;
    }

    /// <summary>Where the objects are.</summary>
    public ResourceDefinition Definition { get; }

    /// <summary>The object as the server has it now.</summary>
    /// <exception cref="KubernetesApiException">404 when it is not there.</exception>
    public async Task<T> GetAsync(ObjectKey key, CancellationToken cancellation) =>
        Decode(await transport.SendAsync(
            new(HttpMethod.Get, PathOf(key), IsIdempotent: true), cancellation));

    /// <summary>The object as the server has it now, or null when it is not there.</summary>
    public async Task<T?> FindAsync(ObjectKey key, CancellationToken cancellation)
    {
        try
        {
            return await GetAsync(key, cancellation);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>One page of a list.</summary>
    /// <exception cref="KubernetesApiException">410 when the continue token is too old.</exception>
    /// <exception cref="JsonException">An object does not fit the type.</exception>
    public async Task<ResourcePage<T>> ListPageAsync(
        ResourceScope scope, ListOptions options, CancellationToken cancellation)
    {
        using var page = await ReadPageAsync(scope, options, cancellation);
        var items = page.Items.Select(i => Complete(i.Deserialize<T>(KubernetesSerializer.Options)!)).ToList();
        return new(items, page.ResourceVersion, page.Continue);
    }

    /// <summary>Every object of a scope, page by page.</summary>
    /// <exception cref="KubernetesApiException">410 when reading took so long that the list is too old.</exception>
    public async IAsyncEnumerable<T> ListAsync(
        ResourceScope scope, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var options = new ListOptions();
        do
        {
            var page = await ListPageAsync(scope, options, cancellation);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            options = options with { Continue = page.Continue };
        }
        while (options.Continue is not null);
    }

    /// <summary>Creates an object. Sent once: after a lost connection look whether it is there.</summary>
    /// <exception cref="KubernetesApiException">409 <c>AlreadyExists</c>.</exception>
    public Task<T> CreateAsync(T entity, CancellationToken cancellation) =>
        WriteAsync(
            new(HttpMethod.Post, Definition.PathOf(entity.Metadata.NamespaceProperty ?? ""), IsIdempotent: false)
            {
                Body = Bytes(Identified(KubernetesSerializer.ToNode(entity))),
            },
            entity.Metadata.Key,
            cancellation);

    /// <summary>Replaces an object whose <c>metadata.resourceVersion</c> is set.</summary>
    /// <exception cref="KubernetesApiException">409 when it changed meanwhile.</exception>
    /// <remarks>Never for objects of users: quantities and unknown fields do not survive the round trip.</remarks>
    public Task<T> UpdateAsync(T entity, CancellationToken cancellation) =>
        string.IsNullOrEmpty(entity.Metadata.ResourceVersion)
            ? throw new ArgumentException("without resourceVersion an update overwrites others", nameof(entity))
            : WriteAsync(
                new(HttpMethod.Put, PathOf(entity.Metadata.Key), IsIdempotent: false)
                {
                    Body = Bytes(Identified(KubernetesSerializer.ToNode(entity))),
                },
                entity.Metadata.Key,
                cancellation);

    /// <summary>Creates or changes an object by server-side apply; only fields that are not null are claimed.</summary>
    /// <remarks>Kind and apiVersion are filled in; server-set metadata (managedFields, creation, version) is left
    /// out, and so is the status.</remarks>
    public Task<T> ApplyAsync(T entity, ApplyOptions options, CancellationToken cancellation)
    {
        var fields = KubernetesSerializer.ToNode(entity);
        fields.Remove("status");
        return ApplyAsync(entity.Metadata.Key, fields, options, cancellation);
    }

    /// <summary>As <see cref="ApplyAsync(T, ApplyOptions, CancellationToken)"/>, of exactly these fields.</summary>
    /// <param name="key">The object.</param>
    /// <param name="fields">Top-level fields beside <c>apiVersion</c> and <c>kind</c>, which are filled in.</param>
    /// <param name="options">Field manager and preconditions.</param>
    /// <param name="cancellation">Stops waiting; the server may still carry it out.</param>
    public Task<T> ApplyAsync(
        ObjectKey key, JsonObject fields, ApplyOptions options, CancellationToken cancellation) =>
        SendApplyAsync(key, fields, subresource: null, options, cancellation);

    /// <summary>Applies the status of an object that exists. The entity's uid, if set, must match.</summary>
    /// <exception cref="KubernetesApiException">404 when it is gone, 409 when it is another one.</exception>
    public Task<T> ApplyStatusAsync(T entity, ApplyOptions options, CancellationToken cancellation)
    {
        var status = KubernetesSerializer.ToNode(entity)["status"]?.DeepClone() ?? new JsonObject();
        var metadata = new JsonObject();
        if (entity.Metadata.Uid is { Length: > 0 } uid)
        {
            metadata["uid"] = uid;
        }

        var fields = new JsonObject { ["metadata"] = metadata, ["status"] = status };
        return SendApplyAsync(entity.Metadata.Key, fields, "status", options, cancellation);
    }

    /// <summary>Changes part of an object.</summary>
    /// <param name="key">The object.</param>
    /// <param name="patch">The change.</param>
    /// <param name="subresource">Such as <c>status</c> or <c>scale</c>; null for the object itself.</param>
    /// <param name="cancellation">Stops waiting; the server may still carry it out.</param>
    public Task<T> PatchAsync(
        ObjectKey key, ResourcePatch patch, string? subresource, CancellationToken cancellation) =>
        WriteAsync(
            new(HttpMethod.Patch, PathOf(key, subresource), patch.IsIdempotent)
            {
                Body = Bytes(patch.Body),
                ContentType = patch.ContentType,
            },
            key,
            cancellation);

    /// <summary>Asks for deletion.</summary>
    /// <returns>False when no such object is there.</returns>
    /// <exception cref="KubernetesApiException">409 when a precondition fails.</exception>
    public async Task<bool> DeleteAsync(ObjectKey key, DeleteOptions options, CancellationToken cancellation)
    {
        var request = new ApiRequest(HttpMethod.Delete, PathOf(key), IsIdempotent: true)
        {
            Body = Bytes(DeleteBody(options)),
        };
        try
        {
            var answer = await transport.SendAsync(request, cancellation);
            observers?.Invoke(DeletionOf(key, options, answer));
            return true;
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            doubters?.Invoke(key);
            return false;
        }
    }

    /// <summary>Tells of every write, before the writer goes on.</summary>
    /// <param name="written">Hears of those that were confirmed.</param>
    /// <param name="contradicted">Hears which object is gone or has changed, going by the refusal.</param>
    internal void Observe(Action<OwnWrite> written, Action<ObjectKey> contradicted)
    {
        lock (gate)
        {
            observers += written;
            doubters += contradicted;
        }
    }

    /// <summary>One page as JSON: the caller decides what becomes of objects that do not fit the type.</summary>
    internal async Task<RawPage> ReadPageAsync(
        ResourceScope scope, ListOptions options, CancellationToken cancellation)
    {
        var query = ScopeQuery.Of(scope).With("limit", options.Limit).With("continue", options.Continue);
        var path = Definition.PathOf(scope.Namespace ?? "") + query;
        return RawPage.Parse(await transport.SendAsync(new(HttpMethod.Get, path, IsIdempotent: true), cancellation));
    }

    /// <summary>Opens a watch; the caller reads and disposes the answer.</summary>
    internal Task<HttpResponseMessage> OpenWatchAsync(
        ResourceScope scope, string resourceVersion, TimeSpan timeout, CancellationToken cancellation)
    {
        var query = ScopeQuery.Of(scope).With("watch", "true").With("allowWatchBookmarks", "true")
            .With("resourceVersion", resourceVersion).With("timeoutSeconds", (long)timeout.TotalSeconds);
        var path = Definition.PathOf(scope.Namespace ?? "") + query;
        return transport.OpenAsync(new(HttpMethod.Get, path, IsIdempotent: true), cancellation);
    }

    /// <summary>Items of lists come without kind and apiVersion.</summary>
    internal T Complete(T entity)
    {
        entity.ApiVersion ??= Definition.ApiVersion;
        entity.Kind ??= Definition.Kind;
        return entity;
    }

    private Task<T> SendApplyAsync(
        ObjectKey key,
        JsonObject fields,
        string? subresource,
        ApplyOptions options,
        CancellationToken cancellation)
    {
        var body = Identified(fields);
        body["metadata"] = ApplyMetadata.Of(fields["metadata"] as JsonObject, key, options.ResourceVersion);
        var query = new ScopeQuery().With("fieldManager", options.FieldManager)
            .With("force", options.Force ? "true" : "false");
        return WriteAsync(
            new(HttpMethod.Patch, PathOf(key, subresource) + query, IsIdempotent: true)
            {
                Body = Bytes(body),
                ContentType = ApplyContentType,
            },
            key,
            cancellation);
    }

    private async Task<T> WriteAsync(ApiRequest request, ObjectKey key, CancellationToken cancellation)
    {
        try
        {
            var entity = Decode(await transport.SendAsync(request, cancellation));
            observers?.Invoke(OwnWrite.Of(entity.Metadata));
            return entity;
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound || exception.IsOutdated)
        {
            doubters?.Invoke(key);
            throw;
        }
    }

    /// <summary>The server answers with the object while finalizers hold it, and with a Status when it went.</summary>
    private static OwnWrite DeletionOf(ObjectKey key, DeleteOptions options, byte[] answer)
    {
        using var document = JsonDocument.Parse(answer);
        var body = document.RootElement;
        if (body.TryGetProperty("kind", out var kind) && kind.ValueEquals("Status"))
        {
            var status = body.Deserialize<V1Status>(KubernetesSerializer.Options);
            return new(key, ResourceVersion: null, ControllerUid: null, status?.Details?.Uid ?? options.Uid);
        }

        var metadata = body.GetProperty("metadata").Deserialize<V1ObjectMeta>(KubernetesSerializer.Options)!;
        return OwnWrite.Of(metadata);
    }

    private static JsonObject DeleteBody(DeleteOptions options)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "DeleteOptions",
            ["propagationPolicy"] = options.PropagationPolicy,
        };
        if (options.GracePeriodSeconds is { } seconds)
        {
            body["gracePeriodSeconds"] = seconds;
        }

        var preconditions = new JsonObject();
        if (options.Uid is not null)
        {
            preconditions["uid"] = options.Uid;
        }

        if (options.ResourceVersion is not null)
        {
            preconditions["resourceVersion"] = options.ResourceVersion;
        }

        if (preconditions.Count > 0)
        {
            body["preconditions"] = preconditions;
        }

        return body;
    }

    private JsonObject Identified(JsonObject fields)
    {
        var body = (JsonObject)fields.DeepClone();
        body["apiVersion"] = Definition.ApiVersion;
        body["kind"] = Definition.Kind;
        return body;
    }

    private T Decode(byte[] answer) =>
        Complete(JsonSerializer.Deserialize<T>(answer, KubernetesSerializer.Options)
            ?? throw new JsonException($"the server answered null for a {Definition.Kind}"));

    private string PathOf(ObjectKey key, string? subresource = null) =>
        Definition.PathOf(key.Namespace, key.Name, subresource);

    private static byte[] Bytes(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node);
}
