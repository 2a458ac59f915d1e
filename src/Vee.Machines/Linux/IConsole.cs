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

/// <summary>What became of a console write.</summary>
public enum ConsoleWrite : byte
{
    /// <summary>All bytes were written.</summary>
    Done,

    /// <summary>Nobody reads what is written any more (the guest gets EPIPE and SIGPIPE).</summary>
    NoReader,

    /// <summary>What it is written to is full (ENOSPC).</summary>
    NoSpace,

    /// <summary>It cannot be written for another reason (EIO).</summary>
    Failed,
}

/// <summary>Where a process machine's standard streams go. Reading never blocks.</summary>
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

    /// <summary>Takes output of stream 1 or 2; may wait for a slow reader, and no virtual time passes then.</summary>
    /// <param name="stream">1 or 2.</param>
    /// <param name="source">The bytes.</param>
    /// <param name="count">Bytes taken: all, or with any other result than Done those before the error.</param>
    ConsoleWrite Write(int stream, ReadOnlySpan<byte> source, out int count);
}
