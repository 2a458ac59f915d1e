using System.CommandLine;

namespace Vee.Cli.Services;

/// <summary>Options that <c>up</c>, <c>down</c> and <c>demo</c> share.</summary>
internal static class UpOptions
{
    public const string Table = "table";
    public const string Json = "json";
    public const string Yaml = "yaml";

    public static Option<string?> Data() => new("--data")
    {
        Description = "Where everything is kept; made if missing. Default: vee below XDG_STATE_HOME or ~/.local/state.",
        HelpName = "DIR",
    };

    public static Option<string> Output()
    {
        var option = new Option<string>("--output")
        {
            Description = "How the result is printed: table, json or yaml. Default: table.",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => Table,
        };
        option.AcceptOnlyFromAmong(Table, Json, Yaml);
        return option;
    }
}
