namespace Vee.Cli.Terminals;

/// <summary>
/// Writes while it can: on a full disk, or a descriptor that was closed, our own words are lost and nothing else is.
/// </summary>
internal sealed class ForgivingStream(Stream inner) : Stream
{
    private bool hasFailed;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            if (!hasFailed)
            {
                inner.Write(buffer);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            hasFailed = true;
        }
    }

    public override void Flush()
    {
        // Console streams keep nothing back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
