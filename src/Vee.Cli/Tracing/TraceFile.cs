using System.Text;

namespace Vee.Cli.Tracing;

/// <summary>The lines of a trace on their way to a file; what a full buffer holds is written at once.</summary>
internal sealed class TraceFile : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly Stream stream;
    private readonly StreamWriter writer;
    private readonly bool isOwned;

    /// <param name="stream">Where lines go.</param>
    /// <param name="isOwned">Whether it is closed at the end.</param>
    internal TraceFile(Stream stream, bool isOwned)
    {
        this.stream = stream;
        this.isOwned = isOwned;
        writer = new StreamWriter(stream, new UTF8Encoding(false), BufferBytes, leaveOpen: true);
    }

    /// <summary>Why nothing is written any more; null while it is.</summary>
    internal string? Failure { get; private set; }

    internal void WriteLine(string line)
    {
        if (Failure is null)
        {
            Try(() => writer.WriteLine(line));
        }
    }

    public void Dispose()
    {
        if (Failure is null)
        {
            Try(writer.Flush);
        }

        if (isOwned)
        {
            stream.Dispose();
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (IOException error)
        {
            // The guest is not to suffer from a full disk under its trace.
            Failure = error.Message;
        }
    }
}
