using System.Runtime.InteropServices;

namespace Vee.Cli.Terminals;

/// <summary>Bytes on their way to a stream: many small writes of a guest become few large ones of ours.</summary>
/// <remarks>Thread-safe: with parallel harts, one thread may flush while another's guest writes.</remarks>
internal sealed class OutputBuffer(StandardDescriptor descriptor)
{
    private const int Bytes = 64 * 1024;

    private readonly byte[] buffer = new byte[Bytes];
    private readonly Lock state = new();
    private int used;

    /// <summary>Why nothing can be written any more; null while it can.</summary>
    internal string? Failure { get; private set; }

    /// <summary>Takes bytes.</summary>
    /// <returns>False when the stream has failed; bytes that were taken before are lost with it.</returns>
    internal bool Write(ReadOnlySpan<byte> source)
    {
        lock (state)
        {
            while (Failure is null && !source.IsEmpty)
            {
                if (used == 0 && source.Length >= Bytes)
                {
                    WriteThrough_NeedsLock(source);
                    break;
                }

                var count = Math.Min(source.Length, Bytes - used);
                source[..count].CopyTo(buffer.AsSpan(used));
                used += count;
                source = source[count..];
                if (used == Bytes)
                {
                    Flush_NeedsLock();
                }
            }

            return Failure is null;
        }
    }

    /// <summary>Sends what has been taken.</summary>
    internal void Flush()
    {
        lock (state)
        {
            Flush_NeedsLock();
        }
    }

    private void Flush_NeedsLock()
    {
        if (used > 0 && Failure is null)
        {
            WriteThrough_NeedsLock(buffer.AsSpan(0, used));
        }

        used = 0;
    }

    private void WriteThrough_NeedsLock(ReadOnlySpan<byte> source)
    {
        if (descriptor.Write(source, out _) is not 0 and var error)
        {
            Failure = Marshal.GetPInvokeErrorMessage(error);
        }
    }
}
