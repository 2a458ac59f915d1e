using System.Globalization;
using System.Runtime.InteropServices;
using Vee.Cli.Cluster;
using Vee.Cli.Terminals;
using Vee.Protocol;

namespace Vee.Cli.Commands.Machines;

/// <summary>
/// Prints what an agent sends of a console: the guest's bytes as they are, each on the stream it was written to.
/// </summary>
/// <param name="streams">Ours.</param>
/// <param name="say">Takes what is ours to say.</param>
internal sealed class ConsolePrinter(StandardStreams streams, Action<string> say)
{
    /// <summary>Whoever read our output has gone, and nobody sees any more.</summary>
    internal bool HasNoReader { get; private set; }

    /// <summary>How the machine ended; null while it has not.</summary>
    internal MachineEnd? End { get; private set; }

    /// <summary>Prints one message.</summary>
    /// <returns>Whether there is a reason to read on.</returns>
    /// <exception cref="CommandFailedException">It cannot be written.</exception>
    internal bool Print(ConsoleOutput message)
    {
        switch (message.OutputCase)
        {
            case ConsoleOutput.OutputOneofCase.Data:
                Write(message.Data);
                return !HasNoReader;
            case ConsoleOutput.OutputOneofCase.DroppedBytes:
                say(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{message.DroppedBytes} bytes are missing here: the console's log did not keep them."));
                return true;
            case ConsoleOutput.OutputOneofCase.End:
                End = message.End;
                return false;
            default:
                // A later version of the agent says something that we do not know, and need not.
                return true;
        }
    }

    private void Write(ConsoleData data)
    {
        var isError = data.Stream == ConsoleStream.Error;
        var descriptor = isError ? streams.ErrorDescriptor : streams.OutputDescriptor;
        switch (descriptor.Write(data.Data.Span, out _))
        {
            case 0:
                break;
            case HostErrors.BrokenPipe:
                HasNoReader = true;
                break;
            case var error:
                throw new CommandFailedException(
                    $"{(isError ? "stderr" : "stdout")} could not be written: "
                    + $"{Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }
}
