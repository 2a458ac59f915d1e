using Vee.Cli.Cluster;
using Vee.Cli.Terminals;

namespace Vee.Cli.Commands.Machines;

/// <summary>Runs a command that can fail for reasons of its user's, which are one line on stderr.</summary>
/// <param name="name">The command's.</param>
/// <param name="streams">Where the line goes.</param>
internal sealed class VerbRun(string name, StandardStreams streams)
{
    /// <returns>The exit status.</returns>
    internal async Task<int> RunAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (CommandFailedException failure)
        {
            Say(failure.Message);
            return ExitStatus.Failure;
        }
    }

    /// <summary>Whether the terminal is raw, and does not begin a line at the left by itself.</summary>
    internal bool IsRaw { get; set; }

    /// <summary>Says something about the command that is no data.</summary>
    internal void Say(string message) =>
        streams.Error.Write($"vee {name}: {message.ReplaceLineEndings(" ")}{(IsRaw ? "\r\n" : "\n")}");
}
