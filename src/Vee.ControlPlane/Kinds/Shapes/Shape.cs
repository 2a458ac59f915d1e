using System.Text.Json.Nodes;
using Vee.ControlPlane.Faults;

namespace Vee.ControlPlane.Kinds.Shapes;

/// <summary>
/// The fields of a struct of a built-in kind, so that objects are read as a typed program reads them.
/// </summary>
/// <remarks>
/// Unknown fields go and are reported, values of the wrong type are refused, empty optional values disappear. Only the
/// kinds that need it have one; the others take any field.
/// </remarks>
internal sealed class Shape
{
    private readonly Dictionary<string, FieldShape> fields = new(StringComparer.Ordinal);

    /// <param name="name">The struct in Kubernetes' sources, for messages.</param>
    /// <param name="isOpen">Takes fields that are not listed as they are.</param>
    /// <param name="fields">The fields.</param>
    internal Shape(string name, bool isOpen, params ReadOnlySpan<(string Name, FieldShape Field)> fields)
    {
        Name = name;
        IsOpen = isOpen;
        foreach (var (fieldName, field) in fields)
        {
            this.fields.Add(fieldName, field);
        }
    }

    internal string Name { get; }

    internal bool IsOpen { get; }

    /// <summary>Reads an object in place.</summary>
    /// <returns>The unknown fields, each as <c>unknown field "spec.bogus"</c>.</returns>
    /// <exception cref="StatusException">400: a value of the wrong type, in the words of Go's decoder.</exception>
    internal IReadOnlyList<string> Decode(JsonObject value, string kind, string version)
    {
        var unknown = new List<string>();
        if (Read(value, "", unknown) is { } error)
        {
            throw Fault.BadRequest($"{kind} in version \"{version}\" cannot be handled as a {kind}: {error}");
        }

        return unknown;
    }

    /// <summary>Reads a struct in place.</summary>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    internal string? Read(JsonObject value, string path, List<string> unknown)
    {
        foreach (var name in value.Select(f => f.Key).ToList())
        {
            var below = path.Length == 0 ? name : $"{path}.{name}";
            if (!fields.TryGetValue(name, out var field))
            {
                if (!IsOpen)
                {
                    value.Remove(name);
                    unknown.Add($"unknown field \"{below}\"");
                }
                else if (value[name] is null)
                {
                    value.Remove(name);
                }

                continue;
            }

            if (field.Read(this, value, name, below, unknown) is { } error)
            {
                return error;
            }
        }

        foreach (var (name, field) in fields)
        {
            if (field.Always is { } empty && !value.ContainsKey(name))
            {
                value[name] = empty().Node;
            }
        }

        return null;
    }
}

/// <summary>A value that is there even when nobody gave one; may be null.</summary>
internal readonly record struct AlwaysValue(JsonNode? Node);
