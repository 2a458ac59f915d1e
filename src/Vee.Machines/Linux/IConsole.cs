namespace Vee.Machines.Linux;

/// <summary>What a console read found.</summary>
public enum ConsoleRead : byte
{
    /// <summary>Bytes were read.</summary>
    Data,

    /// <summary>Nothing yet; the owner of the console says when to look again by <c>ConsoleChanged</c>.</summary>
    NotYet,

    /// <summary>No more input will come.</summary>
    End,
}

/// <summary>Where a process machine's standard streams go. Never blocks.</summary>
public interface IConsole
{
    /// <summary>Whether the guest's standard stream 0, 1 or 2 is a terminal (isatty).</summary>
    bool IsTerminal(int stream);

    /// <summary>Columns and rows of the terminal.</summary>
    (int Columns, int Rows) Size { get; }

    /// <summary>Reads input that has arrived.</summary>
    ConsoleRead Read(Span<byte> destination, out int count);

    /// <summary>Whether <see cref="Read"/> would return data or the end.</summary>
    bool HasInput { get; }

    /// <summary>Takes output of stream 1 or 2.</summary>
    /// <returns>False when nobody listens any more (the guest gets EPIPE and SIGPIPE).</returns>
    bool Write(int stream, ReadOnlySpan<byte> source);
}
