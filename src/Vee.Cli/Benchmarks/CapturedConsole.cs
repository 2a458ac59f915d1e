using System.Text;
using Vee.Machines.Linux;

namespace Vee.Cli.Benchmarks;

/// <summary>Keeps what a guest prints; there is no input.</summary>
internal sealed class CapturedConsole : IConsole
{
    private const int BytesMax = 1 << 20;

    private readonly List<byte> output = [];

    public (int Columns, int Rows) Size => (80, 24);

    public bool HasInput => true;

    /// <summary>What went to stdout, at most 1 MiB of it.</summary>
    internal string Output => Encoding.UTF8.GetString([.. output]);

    public bool IsTerminal(int stream) => false;

    public ConsoleRead Read(Span<byte> destination, out int count)
    {
        count = 0;
        return ConsoleRead.End;
    }

    public ConsoleWrite Write(int stream, ReadOnlySpan<byte> source, out int count)
    {
        count = source.Length;
        if (stream == 1 && output.Count + source.Length <= BytesMax)
        {
            output.AddRange(source);
        }

        return ConsoleWrite.Done;
    }
}
