using System.Text;
using Vee.Cli.Output;
using Vee.Cli.Terminals;
using Vee.Protocol;

namespace Vee.Cli.Commands.Machines;

/// <summary>Prints a console as records: in JSON one on each line, in YAML one in each document.</summary>
internal sealed class ConsoleRecordPrinter(StandardDescriptor output, OutputFormat format) : ConsolePrinter
{
    private readonly ConsoleRecords records = new();

    internal override void PrintRest() => Write(records.Rest());

    private protected override void Show(ConsoleOutput message) => Write(records.Of(message));

    private void Write(IEnumerable<ConsoleRecord> written)
    {
        foreach (var record in written)
        {
            Write(output, "stdout", Encoding.UTF8.GetBytes(DataWriter.ItemOfStream(format, record)));
        }
    }
}
