using System.CommandLine;
using k8s;
using Vee.Api;
using Vee.Cli.Output;
using Vee.Cli.Terminals;
using Vee.Machines.Linux;

namespace Vee.Cli.Commands;

/// <summary><c>vee crds</c>: what a cluster is told about the kinds of this project.</summary>
internal sealed class CrdsCommand
{
    private static readonly IReadOnlyList<TableColumn<GeneratedDefinition>> Columns =
    [
        new("NAME", d => d.Definition.Metadata.Name),
        new("KIND", d => d.Definition.Spec.Names.Kind),
        new("SHORT NAMES", d => string.Join(',', d.Definition.Spec.Names.ShortNames)),
        new("VERSIONS", d => string.Join(',', d.Definition.Spec.Versions.Select(v => v.Name))),
        new("SCOPE", d => d.Definition.Spec.Scope),
    ];

    private readonly Option<string?> outputDirectory = new("--output-dir")
    {
        Description = "Write a file per kind into DIR, which is made if it is missing, and print nothing.",
        HelpName = "DIR",
    };

    private readonly OutputOption output = new(OutputFormat.Yaml);
    private readonly StandardStreams streams;

    internal CrdsCommand(StandardStreams streams)
    {
        this.streams = streams;
        Command = new Command(
            "crds", "Prints the CustomResourceDefinitions, for example for 'kubectl apply --server-side -f -'.")
        {
            output, outputDirectory,
        };
        Command.SetAction(Run);
    }

    internal Command Command { get; }

    private int Run(ParseResult parsed)
    {
        var definitions = CustomResourceDefinitions.Generate();
        if (GuestText.ToHostOrNull(parsed.GetValue(outputDirectory)) is { } directory)
        {
            return Write(definitions, directory);
        }

        Print(definitions, output.Of(parsed));
        return 0;
    }

    private void Print(IReadOnlyList<GeneratedDefinition> definitions, OutputFormat format)
    {
        switch (format)
        {
            case OutputFormat.Table:
                TextTable.Write(streams.Output, Columns, definitions);
                break;
            case OutputFormat.Json:
                // One object, so that a cluster takes it as it is.
                var items = string.Join(",\n", definitions.Select(d => KubernetesJson.Serialize(d.Definition)));
                streams.Output.WriteLine($"{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{items}]}}");
                break;
            default:
                streams.Output.Write(string.Join("---\n", definitions.Select(definition => definition.Yaml)));
                break;
        }
    }

    private int Write(IReadOnlyList<GeneratedDefinition> definitions, string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            foreach (var definition in definitions)
            {
                File.WriteAllText(Path.Combine(directory, definition.FileName), definition.Yaml);
            }

            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            streams.Error.WriteLine($"vee crds: --output-dir '{directory}' cannot be written: {error.Message}");
            return ExitStatus.Failure;
        }
    }
}
