namespace Vee.Layers.Tests;

/// <summary>What a rule lets pass, each with its reason. A reason that no longer holds is a line to delete.</summary>
internal static class Exemptions
{
    /// <summary>Production type names that end in a forbidden word.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Names = new Dictionary<string, string>
    {
        ["SignalInfo"] = "siginfo_t is the kernel's own term",
    };

    /// <summary>Types named Options or Policy that are no settings, and so no records.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Records = new Dictionary<string, string>
    {
        ["SocketOptions"] = "the kernel's own term for state of a socket that setsockopt(2) changes",
        ["MigrationPolicy"] = "an object of the API, which the client library makes and then fills",
    };

    /// <summary>Files longer than the limit, by path from the root.</summary>
    internal static readonly IReadOnlyDictionary<string, string> LongFiles = new Dictionary<string, string>
    {
    };

    /// <summary>Durations whose names do not say their clock, by what they begin with.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Durations = new Dictionary<string, string>
    {
        ["controller_runtime_"] = "dashboards know these names; their clock is the wall's",
        ["workqueue_"] = "dashboards know these names; their clock is the wall's",
        ["rest_client_"] = "dashboards know these names; their clock is the wall's",
    };

    /// <summary>Files that spell a path which looks like one of the building machine, by path from the root.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Paths = new Dictionary<string, string>
    {
    };
}
