using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Kinds.BuiltIn;
using Vee.ControlPlane.Patching;

namespace Vee.ControlPlane.Kinds;

/// <summary>Every resource that is served now. Thread-safe; a definition that changes changes it at once.</summary>
internal sealed class ResourceCatalog : IObjectTypes
{
    private readonly Lock gate = new();
    private volatile Served served = new(
        ImmutableDictionary.Create<string, CustomDefinition>(StringComparer.Ordinal), BuiltInResources.All);
    private volatile TaskCompletionSource changed = New();

    /// <summary>Completes when the catalog is another one.</summary>
    internal Task Changed => changed.Task;

    /// <summary>Every resource in every version, built-in ones first.</summary>
    internal IReadOnlyList<ResourceDefinition> All => served.All;

    /// <summary>The stored definitions by name, accepted ones only.</summary>
    internal IReadOnlyDictionary<string, CustomDefinition> Definitions => served.Definitions;

    /// <summary>Finds what a path names.</summary>
    internal ResourceDefinition? Find(string group, string version, string resource) =>
        served.ByPath.GetValueOrDefault((group, version, resource));

    /// <summary>Finds the resource of a kind, in the version that is preferred.</summary>
    internal ResourceDefinition? FindKind(string group, string kind) => served.ByKind.GetValueOrDefault((group, kind));

    /// <summary>Finds any version of a resource by the name under which it is stored.</summary>
    internal ResourceDefinition? FindStored(string storageName) => served.ByStorage.GetValueOrDefault(storageName);

    /// <summary>True when any resource is served in the group and version.</summary>
    internal bool HasGroupVersion(string group, string version) =>
        served.All.Any(d => d.Group == group && d.Version == version);

    public ObjectType? Find(string apiVersion, string kind)
    {
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        var group = slash < 0 ? "" : apiVersion[..slash];
        var version = apiVersion[(slash + 1)..];
        return served.All.FirstOrDefault(d => d.Group == group && d.Version == version && d.Kind == kind)?.Rules.Type;
    }

    /// <summary>Takes over a definition as it is stored now.</summary>
    /// <param name="name">Of the definition.</param>
    /// <param name="definition">Null when it is gone.</param>
    internal void Set(string name, JsonObject? definition)
    {
        lock (gate)
        {
            var definitions = served.Definitions.Remove(name);
            if (definition is not null && CustomDefinition.IsEstablished(definition))
            {
                definitions = definitions.Add(name, new(definition));
            }

            served = new(
                definitions,
                [
                    .. BuiltInResources.All,
                    .. definitions.Values.OrderBy(d => d.Name, StringComparer.Ordinal).SelectMany(d => d.Resources),
                ]);
            var told = changed;
            changed = New();
            told.SetResult();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One state of the catalog.</summary>
    private sealed class Served
    {
        internal Served(
            ImmutableDictionary<string, CustomDefinition> definitions, IReadOnlyList<ResourceDefinition> all)
        {
            Definitions = definitions;
            All = all;
            foreach (var definition in all)
            {
                // What is built in comes first and cannot be replaced.
                ByPath.TryAdd((definition.Group, definition.Version, definition.Plural), definition);
            }

            foreach (var definition in all.OrderBy(d => d.Version, VersionPriority.Comparer))
            {
                ByKind.TryAdd((definition.Group, definition.Kind), definition);
                ByStorage.TryAdd(definition.StorageName, definition);
            }
        }

        internal ImmutableDictionary<string, CustomDefinition> Definitions { get; }

        internal IReadOnlyList<ResourceDefinition> All { get; }

        internal Dictionary<(string Group, string Version, string Plural), ResourceDefinition> ByPath { get; } = [];

        internal Dictionary<(string Group, string Kind), ResourceDefinition> ByKind { get; } = [];

        internal Dictionary<string, ResourceDefinition> ByStorage { get; } = new(StringComparer.Ordinal);
    }
}
