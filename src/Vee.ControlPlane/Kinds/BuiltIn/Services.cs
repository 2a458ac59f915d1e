using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tables;

namespace Vee.ControlPlane.Kinds.BuiltIn;

using static BuiltInColumns;

/// <summary>Services and what they lead to. No address is given out and nothing is forwarded.</summary>
internal static class Services
{
    internal static readonly KindTraits Service = new()
    {
        Names = NameRule.Rfc1035Label,
        HasStatus = true,
        AllowsCreateOnUpdate = true,
        ReturnsDeleted = true,
        Fields = ["spec.clusterIP", "spec.type"],
        Columns =
        [
            Name,
            Of("Type", 0, "spec", "type"),
            WorkloadColumns.Or("Cluster-IP", 0, "spec", "clusterIP"),
            new("External-IP", static (value, _) => ExternalAddress(value)),
            new("Port(s)", static (value, _) => Ports(value)),
            Age,
            new("Selector", static (value, _) => Labels(Json.At(value, "spec", "selector"))) { Priority = 1 },
        ],
        Default = Default,
        Validate = Validate,
    };

    internal static readonly KindTraits Endpoints = new()
    {
        AllowsCreateOnUpdate = true,
        Columns = [Name, new("Endpoints", static (value, _) => Addresses(value)), Age],
    };

    internal static readonly KindTraits EndpointSlice = new()
    {
        HasGeneration = true,
        Columns =
        [
            Name,
            Of("AddressType", 0, "addressType"),
            new("Ports", static (value, _) => List(value["ports"], p => PrinterPath.Text(Json.Field(p, "port")))),
            new("Endpoints", static (value, _) => List(
                value["endpoints"], e => List(Json.Field(e, "addresses"), a => Json.GetString(a) ?? ""))),
            Age,
        ],
        Validate = static (value, errors) =>
        {
            var type = Text(value, "addressType");
            var at = FieldPath.Of("addressType");
            if (type.Length == 0)
            {
                errors.Add(FieldError.Required(at));
            }
            else if (type is not ("FQDN" or "IPv4" or "IPv6"))
            {
                errors.Add(FieldError.NotSupported(at, type, ["FQDN", "IPv4", "IPv6"]));
            }
        },
    };

    internal static readonly KindTraits Ingress = new()
    {
        HasGeneration = true,
        HasStatus = true,
        Columns =
        [
            Name,
            WorkloadColumns.Or("Class", 0, "spec", "ingressClassName"),
            new("Hosts", static (value, _) =>
                List(Json.At(value, "spec", "rules"), r => Json.GetString(Json.Field(r, "host")) ?? "*")),
            new("Address", static (_, _) => ""),
            new("Ports", static (value, _) => Json.At(value, "spec", "tls") is null ? "80" : "80, 443"),
            Age,
        ],
    };

    /// <summary>Labels as kubectl shows them.</summary>
    internal static string Labels(JsonNode? labels) => labels is JsonObject { Count: > 0 } some
        ? string.Join(',', some.Select(l => $"{l.Key}={Json.GetString(l.Value)}"))
        : "<none>";

    private static void Default(JsonObject value)
    {
        if (value["spec"] is not JsonObject spec)
        {
            return;
        }

        PodTemplates.SetMissing(spec, "type", "ClusterIP");
        PodTemplates.SetMissing(spec, "sessionAffinity", "None");
        foreach (var port in (spec["ports"] as JsonArray)?.OfType<JsonObject>() ?? [])
        {
            PodTemplates.SetMissing(port, "protocol", "TCP");
            if (port["port"] is { } number)
            {
                PodTemplates.SetMissing(port, "targetPort", number.DeepClone());
            }
        }
    }

    private static void Validate(JsonObject value, List<FieldError> errors)
    {
        var at = FieldPath.Of("spec", "ports");
        var type = Text(value, "spec", "type");
        if (type is not ("ClusterIP" or "ExternalName" or "LoadBalancer" or "NodePort"))
        {
            errors.Add(FieldError.NotSupported(
                FieldPath.Of("spec", "type"), type, ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]));
        }

        var ports = Json.At(value, "spec", "ports") as JsonArray ?? [];
        if (ports.Count == 0 && type != "ExternalName" && Text(value, "spec", "clusterIP") != "None")
        {
            errors.Add(FieldError.Required(at));
        }

        for (var i = 0; i < ports.Count; i++)
        {
            if (ports.Count > 1 && Text(ports[i]!, "name").Length == 0)
            {
                errors.Add(FieldError.Required(at.Index(i).Child("name")));
            }

            var port = Number(ports[i]!, "port");
            if (port is < 1 or > 65535)
            {
                errors.Add(FieldError.Invalid(
                    at.Index(i).Child("port"), port, "must be between 1 and 65535, inclusive"));
            }
        }
    }

    private static string ExternalAddress(JsonObject value) => Text(value, "spec", "type") switch
    {
        "ExternalName" => Text(value, "spec", "externalName"),
        "LoadBalancer" => "<pending>",
        _ => "<none>",
    };

    private static string Ports(JsonObject value) => List(
        Json.At(value, "spec", "ports"),
        port => Number(port!, "nodePort") is var outside and not 0
            ? $"{Number(port!, "port")}:{outside}/{Text(port!, "protocol")}"
            : $"{Number(port!, "port")}/{Text(port!, "protocol")}");

    private static string Addresses(JsonObject value) => List(
        value["subsets"],
        subset => List(Json.Field(subset, "addresses"), a => Json.GetString(Json.Field(a, "ip")) ?? ""));

    private static string List(JsonNode? node, Func<JsonNode?, string> text) =>
        node is JsonArray { Count: > 0 } items ? string.Join(',', items.Select(text)) : "<none>";
}
