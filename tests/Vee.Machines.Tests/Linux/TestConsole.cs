using System.Text;
using Vee.Machines.Linux;

namespace Vee.Machines.Tests.Linux;

/// <summary>Standard streams in memory: what a test typed, and what the guest printed.</summary>
internal sealed class TestConsole : IConsole
{
    // Hostile guests print more than a test needs to keep.
    private const int OutputMax = 4 << 20;

    private readonly Queue<byte> input = new();
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();

    internal bool Terminal { get; set; }

    internal bool Ended { get; set; }

    /// <summary>What becomes of writes for which there is no room.</summary>
    internal ConsoleWrite Failure { get; set; } = ConsoleWrite.NoSpace;

    /// <summary>Bytes that are taken before writes fail.</summary>
    internal int Room { get; set; } = int.MaxValue;

    internal string Output => output.ToString();

    internal string Errors => errors.ToString();

    public (int Columns, int Rows) Size => (80, 24);

    public bool HasInput => input.Count > 0 || Ended;

    public bool IsTerminal(int stream) => Terminal;

    public ConsoleRead Read(Span<byte> destination, out int count)
    {
        count = 0;
        while (count < destination.Length && input.TryDequeue(out var value))
        {
            destination[count++] = value;
        }

        return count > 0 ? ConsoleRead.Data : Ended ? ConsoleRead.End : ConsoleRead.NotYet;
    }

    public ConsoleWrite Write(int stream, ReadOnlySpan<byte> source, out int count)
    {
        count = Math.Min(source.Length, Room);
        Room -= count;
        var text = stream == 2 ? errors : output;
        text.Append(Encoding.Latin1.GetString(source[..Math.Min(count, OutputMax - text.Length)]));
        return count == source.Length ? ConsoleWrite.Done : Failure;
    }

    internal void Type(string text)
    {
        foreach (var value in Encoding.Latin1.GetBytes(text))
        {
            input.Enqueue(value);
        }
    }
}
