using k8s.Models;

namespace Vee.Api.Schema;

/// <summary>Schemas of what Kubernetes defines and custom resources repeat.</summary>
internal static class StandardSchemas
{
    private const string StringType = "string";

    /// <summary>
    /// What every object has. Its name is a label of a DNS name, because others are named after it: a service, a label.
    /// </summary>
    /// <remarks>Of metadata, a schema may restrict nothing but names; the rest is checked by the API server.</remarks>
    internal static Dictionary<string, V1JSONSchemaProps> ObjectFields() => new(StringComparer.Ordinal)
    {
        ["apiVersion"] = new()
        {
            Type = StringType,
            MaxLength = 64,
            Description = "Group and version of this schema.",
        },
        ["kind"] = new() { Type = StringType, MaxLength = 63, Description = "What kind of object this is." },
        ["metadata"] = new()
        {
            Type = "object",
            Properties = new Dictionary<string, V1JSONSchemaProps>(StringComparer.Ordinal)
            {
                ["name"] = new() { Type = StringType, MaxLength = 63, Pattern = Patterns.Label },
            },
        },
    };

    /// <summary>A condition, with the bounds that Kubernetes gives it.</summary>
    /// <remarks>Source: Kubernetes API, Condition in meta/v1.</remarks>
    internal static V1JSONSchemaProps Condition() => new()
    {
        Type = "object",
        Description = "One aspect of the object: whether something is so, and why.",
        Required = ["lastTransitionTime", "message", "reason", "status", "type"],
        Properties = new Dictionary<string, V1JSONSchemaProps>(StringComparer.Ordinal)
        {
            ["type"] = new()
            {
                Type = StringType,
                MaxLength = 316,
                Pattern = @"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
                    + "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
                Description = "What may be so.",
            },
            ["status"] = new()
            {
                Type = StringType,
                EnumProperty = ["True", "False", "Unknown"],
                Description = "Whether it is so.",
            },
            ["observedGeneration"] = new()
            {
                Type = "integer",
                Format = "int64",
                Minimum = 0,
                Maximum = Bounds.Integer,
                Description = "The generation of the spec that this is about.",
            },
            ["lastTransitionTime"] = new()
            {
                Type = StringType,
                Format = "date-time",
                Description = "When status last changed, in wall time.",
            },
            ["reason"] = new()
            {
                Type = StringType,
                MinLength = 1,
                MaxLength = 1024,
                Pattern = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                Description = "Why, in one word for programs.",
            },
            ["message"] = new()
            {
                Type = StringType,
                MaxLength = StatusText.ConditionMessageLength,
                Description = "Why, as a sentence for people.",
            },
        },
    };
}
