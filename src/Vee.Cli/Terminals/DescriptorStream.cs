using System.Runtime.InteropServices;

namespace Vee.Cli.Terminals;

/// <summary>
/// Our own words on their way to a standard descriptor. They are written while that works; afterwards they are lost,
/// and <see cref="Failure"/> says why.
/// </summary>
internal sealed class DescriptorStream(StandardDescriptor descriptor) : Stream
{
    private int error;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Why nothing is written any more; null while it is, or if only its reader has gone.</summary>
    internal string? Failure =>
        error is 0 or HostErrors.BrokenPipe ? null : Marshal.GetPInvokeErrorMessage(error);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (error == 0)
        {
            error = descriptor.Write(buffer, out _);
        }
    }

    public override void Flush()
    {
        // Nothing is kept back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
