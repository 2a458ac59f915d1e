namespace Vee.Api.Schema;

/// <summary>Patterns and rules that several fields share.</summary>
/// <remarks>Read by the API server in the syntax of RE2, so without lookaround and backreferences.</remarks>
internal static class Patterns
{
    /// <summary>A label of a DNS name (RFC 1123); its length is bounded beside it.</summary>
    internal const string Label = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

    /// <summary>A DNS name (RFC 1123), as most objects of Kubernetes have.</summary>
    internal const string Subdomain = @"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

    /// <summary>The value of a Kubernetes label.</summary>
    internal const string LabelValue = "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$";

    /// <summary>A size that has one spelling in bytes, so that nobody rewrites it.</summary>
    internal const string MemorySize = "^[1-9][0-9]*(Ki|Mi|Gi)$";

    /// <summary>A text that a C program can be given.</summary>
    internal const string NoNul = @"^[^\x00]*$";

    /// <summary>A schema cannot bound the keys of a map; a rule can.</summary>
    internal const string LabelKeysRule = "self.all(key, size(key) >= 1 && size(key) <= 317)";

    /// <summary>What the user reads: a prefix of 253 characters, a slash and a name of 63.</summary>
    internal const string LabelKeysMessage = "a label has a key of 1 to 317 characters";
}
