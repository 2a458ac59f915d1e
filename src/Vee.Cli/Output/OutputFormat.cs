using System.CommandLine;
using System.CommandLine.Parsing;

namespace Vee.Cli.Output;

/// <summary>How a command prints data.</summary>
internal enum OutputFormat
{
    /// <summary>Columns for people.</summary>
    Table,

    /// <summary>For programs.</summary>
    Json,

    /// <summary>For programs and people.</summary>
    Yaml,
}

/// <summary>The option that chooses.</summary>
internal static class OutputOption
{
    /// <summary>A new <c>--output</c>.</summary>
    internal static Option<OutputFormat> New() => new("--output", "-o")
    {
        Description = "table, json or yaml. Default: table.",
        HelpName = "FORMAT",
        CustomParser = Parse,
        DefaultValueFactory = _ => OutputFormat.Table,
    };

    private static OutputFormat Parse(ArgumentResult result)
    {
        switch (result.Tokens[0].Value)
        {
            case "table":
                return OutputFormat.Table;
            case "json":
                return OutputFormat.Json;
            case "yaml":
                return OutputFormat.Yaml;
            default:
                result.AddError($"--output '{result.Tokens[0].Value}' must be table, json or yaml.");
                return OutputFormat.Table;
        }
    }
}
