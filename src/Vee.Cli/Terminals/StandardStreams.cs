using System.Text;

namespace Vee.Cli.Terminals;

/// <summary>The three descriptors that we were started with, and text writers for our own words.</summary>
/// <remarks>
/// A reader of our own words who has gone is no reason to fail, and what cannot be written to stderr is lost.
/// </remarks>
internal sealed class StandardStreams : IDisposable
{
    private readonly DescriptorStream output;
    private readonly Lazy<StreamWriter> outputWriter;
    private readonly Lazy<StreamWriter> errorWriter;

    internal StandardStreams()
    {
        output = new DescriptorStream(OutputDescriptor);
        ErrorStream = new DescriptorStream(ErrorDescriptor);
        outputWriter = new(() => NewWriter(output));
        errorWriter = new(() => NewWriter(ErrorStream));
    }

    /// <summary>stdin.</summary>
    internal StandardDescriptor InputDescriptor { get; } = new(0);

    /// <summary>stdout.</summary>
    internal StandardDescriptor OutputDescriptor { get; } = new(1);

    /// <summary>stderr.</summary>
    internal StandardDescriptor ErrorDescriptor { get; } = new(2);

    /// <summary>stderr for our own bytes.</summary>
    internal Stream ErrorStream { get; }

    /// <summary>stdout for our own text.</summary>
    internal TextWriter Output => outputWriter.Value;

    /// <summary>stderr for our own text.</summary>
    internal TextWriter Error => errorWriter.Value;

    /// <summary>Why some of our own text for stdout was lost; null when none was.</summary>
    internal string? OutputFailure => output.Failure;

    public void Dispose()
    {
        output.Dispose();
        ErrorStream.Dispose();
    }

    private static StreamWriter NewWriter(Stream stream) =>
        new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
}
