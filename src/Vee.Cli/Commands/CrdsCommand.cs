using System.CommandLine;
using Vee.Api;
using Vee.Cli.Terminals;
using Vee.Machines.Linux;

namespace Vee.Cli.Commands;

/// <summary><c>vee crds</c>: what a cluster is told about the kinds of this project.</summary>
internal sealed class CrdsCommand
{
    private readonly Option<string?> outputDirectory = new("--output-dir")
    {
        Description = "Write a file per kind into DIR, which is made if it is missing, and print nothing.",
        HelpName = "DIR",
    };

    private readonly StandardStreams streams;

    internal CrdsCommand(StandardStreams streams)
    {
        this.streams = streams;
        Command = new Command(
            "crds", "Prints the CustomResourceDefinitions as YAML, for example for 'kubectl apply --server-side -f -'.")
        {
            outputDirectory,
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

        streams.Output.Write(string.Join("---\n", definitions.Select(definition => definition.Yaml)));
        return 0;
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
