using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Vee.Cli.Terminals;

/// <summary>The three streams that we were started with, as bytes, and text writers for our own words.</summary>
/// <remarks>
/// A pipe or terminal is written through its descriptor, because that reports a reader that has gone; the console
/// stream of the runtime hides it. A file is written through the console stream, because that appends where the
/// descriptor stands, also when stdout and stderr are the same file. Our own words take the console stream always:
/// a reader that has gone is no reason to fail, and what cannot be written to stderr is lost.
/// </remarks>
internal sealed class StandardStreams : IDisposable
{
    private readonly Lazy<StreamWriter> output;
    private readonly Lazy<StreamWriter> error;

    internal StandardStreams()
    {
        OutputBytes = OpenForWriting(1, Console.OpenStandardOutput);
        ErrorBytes = OpenForWriting(2, Console.OpenStandardError);
        output = new(() => NewWriter(Console.OpenStandardOutput()));
        error = new(() => NewWriter(new ForgivingStream(Console.OpenStandardError())));
    }

    /// <summary>stdout.</summary>
    internal Stream OutputBytes { get; }

    /// <summary>stderr.</summary>
    internal Stream ErrorBytes { get; }

    /// <summary>stdout for our own text.</summary>
    internal TextWriter Output => output.Value;

    /// <summary>stderr for our own text.</summary>
    internal TextWriter Error => error.Value;

    /// <summary>Opens stdin; the caller owns it.</summary>
    internal static FileStream OpenInput() => OpenDescriptor(0, FileAccess.Read);

    public void Dispose()
    {
        OutputBytes.Dispose();
        ErrorBytes.Dispose();
    }

    private static Stream OpenForWriting(int descriptor, Func<Stream> openConsole)
    {
        try
        {
            var stream = OpenDescriptor(descriptor, FileAccess.Write);
            if (!stream.CanSeek)
            {
                return stream;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A descriptor that was closed or is not for writing: the console stream swallows what is written.
        }

        return openConsole();
    }

    private static FileStream OpenDescriptor(int descriptor, FileAccess access) =>
        new(new SafeFileHandle(descriptor, ownsHandle: false), access, bufferSize: 0);

    private static StreamWriter NewWriter(Stream stream) =>
        new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: false) { AutoFlush = true };
}
