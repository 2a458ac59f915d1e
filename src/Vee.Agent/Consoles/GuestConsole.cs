using Vee.Machines.Linux;

namespace Vee.Agent.Consoles;

/// <summary>A guest's standard streams: output goes to the log, input comes from a queue.</summary>
/// <param name="log">Keeps the output.</param>
/// <param name="input">Holds the input.</param>
/// <param name="isTerminal">Whether the guest finds a terminal, or pipes.</param>
internal sealed class GuestConsole(ConsoleLog log, ConsoleInputQueue input, bool isTerminal) : IConsole
{
    private const int DefaultColumns = 80;
    private const int DefaultRows = 24;

    // Both numbers in one, because the guest reads them while somebody may set them.
    private long size = Pack(DefaultColumns, DefaultRows);

    public (int Columns, int Rows) Size
    {
        get
        {
            var both = Interlocked.Read(ref size);
            return ((int)(both >> 32), (int)(both & int.MaxValue));
        }
    }

    public bool HasInput => input.HasInput;

    public bool IsTerminal(int stream) => isTerminal;

    public ConsoleRead Read(Span<byte> destination, out int count)
    {
        input.Read(destination, out count, out var isAtEnd);
        return count > 0 ? ConsoleRead.Data : isAtEnd ? ConsoleRead.End : ConsoleRead.NotYet;
    }

    public ConsoleWrite Write(int stream, ReadOnlySpan<byte> source, out int count)
    {
        log.Append(stream, source);
        count = source.Length;
        return ConsoleWrite.Done;
    }

    /// <summary>Sets the size of the terminal.</summary>
    internal void Resize(int columns, int rows) => Interlocked.Exchange(ref size, Pack(columns, rows));

    private static long Pack(int columns, int rows) => ((long)columns << 32) | (uint)rows;
}
