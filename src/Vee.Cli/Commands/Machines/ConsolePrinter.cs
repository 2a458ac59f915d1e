using System.Runtime.InteropServices;
using Vee.Cli.Cluster;
using Vee.Cli.Output;
using Vee.Cli.Terminals;
using Vee.Protocol;

namespace Vee.Cli.Commands.Machines;

/// <summary>Prints what an agent sends of a console.</summary>
internal abstract class ConsolePrinter
{
    private bool hasNoReader;

    /// <summary>How the machine ended; null while it has not.</summary>
    internal MachineEnd? End { get; private set; }

    /// <summary><c>--output</c> of the commands that print a console.</summary>
    internal static OutputOption NewOption() => new(
        detail: "As a table the guest's bytes are printed as they are; else each piece with its stream and time.");

    /// <param name="format">What to print.</param>
    /// <param name="streams">Ours.</param>
    /// <param name="say">Takes what is ours to say.</param>
    internal static ConsolePrinter Of(OutputFormat format, StandardStreams streams, Action<string> say) =>
        format == OutputFormat.Table
            ? new ConsoleBytesPrinter(streams, say)
            : new ConsoleRecordPrinter(streams.OutputDescriptor, format);

    /// <summary>Prints one message.</summary>
    /// <returns>Whether there is a reason to read on.</returns>
    /// <exception cref="CommandFailedException">It cannot be written.</exception>
    internal bool Print(ConsoleOutput message)
    {
        Show(message);
        End = message.End;
        return End is null && !hasNoReader;
    }

    /// <summary>Prints what was kept back, when nothing follows.</summary>
    internal virtual void PrintRest()
    {
    }

    private protected abstract void Show(ConsoleOutput message);

    private protected void Write(StandardDescriptor descriptor, string name, ReadOnlySpan<byte> bytes)
    {
        switch (descriptor.Write(bytes, out _))
        {
            case 0:
                break;
            case HostErrors.BrokenPipe:
                // Nobody sees any more.
                hasNoReader = true;
                break;
            case var error:
                throw new CommandFailedException(
                    $"{name} could not be written: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }
}
