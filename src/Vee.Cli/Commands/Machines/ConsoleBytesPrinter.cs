using System.Globalization;
using Vee.Cli.Terminals;
using Vee.Protocol;

namespace Vee.Cli.Commands.Machines;

/// <summary>Prints the guest's bytes as they are, each on the stream that it was written to.</summary>
/// <param name="streams">Ours.</param>
/// <param name="say">Takes what is ours to say.</param>
internal sealed class ConsoleBytesPrinter(StandardStreams streams, Action<string> say) : ConsolePrinter
{
    private protected override void Show(ConsoleOutput message)
    {
        switch (message)
        {
            case { OutputCase: ConsoleOutput.OutputOneofCase.DroppedBytes, DroppedBytes: var count }:
                say(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{count} bytes are missing here: the console's log did not keep them."));
                break;
            case { Data: { Stream: ConsoleStream.Error } data }:
                Write(streams.ErrorDescriptor, "stderr", data.Data.Span);
                break;
            case { Data: { } data }:
                Write(streams.OutputDescriptor, "stdout", data.Data.Span);
                break;
            default:
                // Of the end the command tells, and what a later version of the agent says we need not know.
                break;
        }
    }
}
