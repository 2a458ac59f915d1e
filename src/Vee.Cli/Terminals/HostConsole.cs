using Vee.Machines.Linux;

namespace Vee.Cli.Terminals;

/// <summary>Connects a guest's standard streams to ours.</summary>
internal sealed class HostConsole : IConsole
{
    private const int DefaultColumns = 80;
    private const int DefaultRows = 24;

    private readonly StandardDescriptor input;
    private readonly StandardDescriptor output;
    private readonly StandardDescriptor error;
    private readonly InputPump? pump;
    private readonly bool[] isTerminal =
        [!Console.IsInputRedirected, !Console.IsOutputRedirected, !Console.IsErrorRedirected];

    private volatile bool hasNews;

    /// <param name="streams">Our streams.</param>
    /// <param name="wakeUp">Called, on any thread, when input arrives that a read did not find.</param>
    internal HostConsole(StandardStreams streams, Action wakeUp)
    {
        input = streams.InputDescriptor;
        output = streams.OutputDescriptor;
        error = streams.ErrorDescriptor;

        // A file is there as a whole: reading it directly makes runs independent of timing. Others are pumped.
        if (!input.IsSeekable)
        {
            pump = new InputPump(input, () =>
            {
                hasNews = true;
                wakeUp();
            });
        }
    }

    public (int Columns, int Rows) Size =>
        isTerminal[1] && Console.WindowWidth > 0 && Console.WindowHeight > 0
            ? (Console.WindowWidth, Console.WindowHeight)
            : (DefaultColumns, DefaultRows);

    public bool HasInput => pump?.TryRead([], out _) ?? true;

    /// <summary>Whether the guest has looked for input that was not there and has not come since.</summary>
    internal bool IsInputAwaited => pump?.IsWaiting ?? false;

    /// <summary>Pieces of input that have come so far.</summary>
    internal int InputPieceCount => pump?.PieceCount ?? 0;

    /// <summary>Whether input has arrived that the machine has not been told of.</summary>
    internal bool HasNews => hasNews;

    public bool IsTerminal(int stream) => isTerminal[stream];

    public ConsoleRead Read(Span<byte> destination, out int count)
    {
        if (pump is null)
        {
            count = input.Read(destination);
            return count > 0 || destination.IsEmpty ? ConsoleRead.Data : ConsoleRead.End;
        }

        if (!pump.TryRead(destination, out count))
        {
            return ConsoleRead.NotYet;
        }

        return count > 0 || destination.IsEmpty ? ConsoleRead.Data : ConsoleRead.End;
    }

    public ConsoleWrite Write(int stream, ReadOnlySpan<byte> source, out int count) =>
        (stream == 1 ? output : error).Write(source, out count) switch
        {
            0 => ConsoleWrite.Done,
            HostErrors.BrokenPipe => ConsoleWrite.NoReader,
            HostErrors.NoSpace or HostErrors.QuotaExceeded => ConsoleWrite.NoSpace,
            _ => ConsoleWrite.Failed,
        };

    /// <summary>Whether input has arrived since this was last asked; the machine is then to be told.</summary>
    internal bool TakeNews()
    {
        var news = hasNews;
        hasNews = false;
        return news;
    }
}
