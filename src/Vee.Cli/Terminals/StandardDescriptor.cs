using System.Runtime.InteropServices;

namespace Vee.Cli.Terminals;

/// <summary>One of the three descriptors that we were started with, read and written by system calls.</summary>
/// <remarks>
/// No stream of the runtime will do: its console stream hides a reader that has gone, its file stream has a position
/// of its own beside the one that a file shares with whoever else has it open, and neither says how much was written
/// before an error. A call gets the first byte of a span and its length, and keeps neither. Source: read(2), write(2),
/// poll(2), fcntl(2), lseek(2) of Linux.
/// </remarks>
internal sealed class StandardDescriptor
{
    private const int Interrupted = 4; // EINTR
    private const int TryAgain = 11; // EAGAIN

    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC
    private const int FromHere = 1; // SEEK_CUR
    private const short Readable = 1; // POLLIN
    private const short Writable = 4; // POLLOUT

    private readonly int number;
    private readonly bool isOpen;

    /// <param name="number">0, 1 or 2.</param>
    internal StandardDescriptor(int number)
    {
        this.number = number;

        // What is inherited never has the mark that closes it on exec. If it is there, we were started without this
        // descriptor and the runtime has opened something of its own, which is neither to be read nor written.
        var flags = Control(number, GetDescriptorFlags);
        isOpen = flags >= 0 && (flags & CloseOnExec) == 0;
    }

    /// <summary>Whether it has a position, as a file has, so that a read never has to wait for anybody.</summary>
    internal bool IsSeekable => isOpen && Seek(number, 0, FromHere) >= 0;

    /// <summary>Reads what is there, or waits until there is something.</summary>
    /// <returns>Bytes read; 0 at the end, which a descriptor that cannot be read has reached.</returns>
    internal int Read(Span<byte> destination)
    {
        while (isOpen)
        {
            var count = Read(number, ref MemoryMarshal.GetReference(destination), destination.Length);
            if (count >= 0)
            {
                return (int)count;
            }

            if (!MayGoOn(Marshal.GetLastPInvokeError(), Readable))
            {
                return 0;
            }
        }

        return 0;
    }

    /// <summary>Writes everything, however long its reader takes.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="count">Bytes written, which may be some before an error.</param>
    /// <returns>0, or the host's error number.</returns>
    internal int Write(ReadOnlySpan<byte> source, out int count)
    {
        count = 0;
        while (count < source.Length)
        {
            var left = source[count..];
            var error = isOpen ? TryWrite(left, ref count) : HostErrors.BadDescriptor;
            if (error != 0 && !MayGoOn(error, Writable))
            {
                return error;
            }
        }

        return 0;
    }

    private int TryWrite(ReadOnlySpan<byte> source, ref int count)
    {
        var written = Write(number, in MemoryMarshal.GetReference(source), source.Length);
        count += (int)Math.Max(0, written);
        return written < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Whether an error is none; waits where whoever started us made the descriptor not to block.</summary>
    private bool MayGoOn(int error, short events)
    {
        if (error == TryAgain)
        {
            var request = new PollRequest { Descriptor = number, Events = events };
            _ = Poll(ref request, 1, Timeout.Infinite);
        }

        return error is TryAgain or Interrupted;
    }

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    private static extern nint Read(int descriptor, ref byte destination, nint length);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern nint Write(int descriptor, in byte source, nint length);

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static extern int Control(int descriptor, int command);

    [DllImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static extern long Seek(int descriptor, long offset, int origin);

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static extern int Poll(ref PollRequest request, nuint count, int timeoutMs);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        internal int Descriptor;
        internal short Events;
        internal short Results;
    }
}

/// <summary>Error numbers of the host that mean something to us (asm-generic/errno.h).</summary>
internal static class HostErrors
{
    internal const int BadDescriptor = 9; // EBADF
    internal const int NoSpace = 28; // ENOSPC
    internal const int BrokenPipe = 32; // EPIPE
    internal const int QuotaExceeded = 122; // EDQUOT
}
