using Vee.Machines.Linux;

namespace Vee.Cli.Terminals;

/// <summary>Connects a guest's standard streams to ours.</summary>
internal sealed class HostConsole : IConsole
{
    private const int DefaultColumns = 80;
    private const int DefaultRows = 24;

    private readonly OutputBuffer output;
    private readonly OutputBuffer error;
    private readonly StandardDescriptor input;
    private readonly InputPump? pump;
    private readonly bool[] isTerminal =
        [!Console.IsInputRedirected, !Console.IsOutputRedirected, !Console.IsErrorRedirected];

    private volatile bool hasNews;

    /// <param name="streams">Our streams.</param>
    /// <param name="wakeUp">Called, on any thread, when input arrives that a read did not find.</param>
    internal HostConsole(StandardStreams streams, Action wakeUp)
    {
        output = new OutputBuffer(streams.OutputDescriptor);
        error = new OutputBuffer(streams.ErrorDescriptor);
        input = streams.InputDescriptor;

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

    /// <summary>Whether input has arrived that the machine has not been told of.</summary>
    internal bool HasNews => hasNews;

    /// <summary>Why stdout takes nothing more; null while it does.</summary>
    internal string? OutputFailure => output.Failure;

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

    public bool Write(int stream, ReadOnlySpan<byte> source)
    {
        if (stream == 1)
        {
            return output.Write(source);
        }

        // What was printed first appears first where both streams go to the same place; stderr is not kept back.
        output.Flush();
        var isWritten = error.Write(source);
        error.Flush();
        return isWritten && error.Failure is null;
    }

    /// <summary>Sends what the guest has printed.</summary>
    internal void Flush() => output.Flush();

    /// <summary>Whether input has arrived since this was last asked; the machine is then to be told.</summary>
    internal bool TakeNews()
    {
        var news = hasNews;
        hasNews = false;
        return news;
    }
}
