namespace Vee.ControllerRuntime.Tests.Server;

/// <summary>What a path of the API names.</summary>
internal sealed record ResourcePath(string Plural, string Space, string Name, string? Subresource)
{
    internal static ResourcePath Parse(string path)
    {
        var parts = path.Trim('/').Split('/');
        var rest = parts[(parts[0] == "api" ? 2 : 3)..];
        var space = "";
        if (rest.Length > 2 && rest[0] == "namespaces")
        {
            space = rest[1];
            rest = rest[2..];
        }

        return new(rest[0], space, rest.Length > 1 ? rest[1] : "", rest.Length > 2 ? rest[2] : null);
    }
}
