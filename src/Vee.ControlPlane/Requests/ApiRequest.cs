namespace Vee.ControlPlane.Requests;

/// <summary>What a request wants of what, read from its method and path.</summary>
/// <remarks>Source: <c>k8s.io/apiserver/pkg/endpoints/request</c>.</remarks>
internal sealed record ApiRequest
{
    private static readonly string[] NoSubresourceOfNamespace = ["status", "finalize"];

    /// <summary>The verb of authorization: get, list, watch, create, ...; for other paths the method.</summary>
    public required string Verb { get; init; }

    public required string Path { get; init; }

    /// <summary>True for paths below a group and version.</summary>
    public bool IsResource { get; init; }

    public string Group { get; init; } = "";

    public string Version { get; init; } = "";

    /// <summary>The plural.</summary>
    public string Resource { get; init; } = "";

    public string Namespace { get; init; } = "";

    /// <value>Empty for collections.</value>
    public string Name { get; init; } = "";

    public string Subresource { get; init; } = "";

    /// <summary>What follows the subresource, which only proxies would use.</summary>
    public bool HasMore { get; init; }

    /// <summary>Reads a request line.</summary>
    internal static ApiRequest Parse(string method, string path, bool isWatch)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var rest = parts switch
        {
            ["api", _, _, ..] => parts.AsSpan(2),
            ["apis", _, _, _, ..] => parts.AsSpan(3),
            _ => [],
        };
        if (rest.Length == 0)
        {
            return new() { Verb = method.ToLowerInvariant(), Path = path };
        }

        var isCore = parts[0] == "api";
        var isOldWatch = rest[0] == "watch" && rest.Length > 1;
        var (ns, below) = Below(isOldWatch ? rest[1..] : rest);
        var name = below.Length > 1 ? below[1] : "";
        return new()
        {
            Verb = Verbs(method, name, isOldWatch || (isWatch && name.Length == 0)),
            Path = path,
            IsResource = true,
            Group = isCore ? "" : parts[1],
            Version = isCore ? parts[1] : parts[2],
            Namespace = ns,
            Resource = below.Length > 0 ? below[0] : "",
            Name = name,
            Subresource = below.Length > 2 ? below[2] : "",
            HasMore = below.Length > 3,
        };
    }

    /// <summary>The namespace, and what is named in it. A namespace itself is a resource too.</summary>
    private static (string Namespace, string[] Below) Below(ReadOnlySpan<string> rest)
    {
        if (rest is ["namespaces", var ns, var below, ..]
            && !(rest.Length == 3 && NoSubresourceOfNamespace.Contains(below, StringComparer.Ordinal)))
        {
            return (ns, rest[2..].ToArray());
        }

        return rest is ["namespaces", var self, ..] ? (self, rest.ToArray()) : ("", rest.ToArray());
    }

    private static string Verbs(string method, string name, bool isWatch) => method switch
    {
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => name.Length > 0 ? "delete" : "deletecollection",
        not ("GET" or "HEAD") => method.ToLowerInvariant(),
        _ when isWatch => "watch",
        _ => name.Length > 0 ? "get" : "list",
    };
}
