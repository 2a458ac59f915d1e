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

/// <summary><c>--output</c>: the option that chooses.</summary>
internal sealed class OutputOption : Option<OutputFormat?>
{
    private readonly OutputFormat standard;

    /// <param name="standard">What is printed without the option.</param>
    /// <param name="detail">What is special about the command's formats; a sentence.</param>
    internal OutputOption(OutputFormat standard = OutputFormat.Table, string? detail = null)
        : base("--output", "-o")
    {
        this.standard = standard;
        Description = $"table, json or yaml. Default: {standard.ToString().ToLowerInvariant()}."
            + (detail is null ? "" : $" {detail}");
        HelpName = "FORMAT";
        CustomParser = Parse;
    }

    /// <summary>What was chosen.</summary>
    internal OutputFormat Of(ParseResult parsed) => parsed.GetValue(this) ?? standard;

    private static OutputFormat? Parse(ArgumentResult result)
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
                return null;
        }
    }
}
