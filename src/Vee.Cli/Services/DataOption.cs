using System.CommandLine;

namespace Vee.Cli.Services;

/// <summary>The option of <c>up</c> and <c>down</c> that says where everything is.</summary>
internal static class DataOption
{
    /// <summary>A new <c>--data</c>.</summary>
    internal static Option<string?> New() => new("--data")
    {
        Description = "Where everything is kept; made if missing. Default: vee below XDG_STATE_HOME or ~/.local/state.",
        HelpName = "DIR",
    };
}
