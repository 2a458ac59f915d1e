using Vee.Machines.Linux.Files;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Sockets;

/// <summary>What is sent beside the bytes.</summary>
/// <param name="To">The address that the call named; null for none.</param>
/// <param name="Files">SCM_RIGHTS; the socket takes references only when it takes the message.</param>
internal readonly record struct OutgoingMessage(SocketAddress? To = null, OpenFile[]? Files = null);

/// <summary>What is received beside the bytes.</summary>
internal struct IncomingMessage
{
    /// <summary>
    /// Whether nothing has been received in this call yet: only then are errors and the end reported.
    /// </summary>
    internal bool IsFirst { get; set; }

    /// <summary>The whole length of a message, of which less may have been copied.</summary>
    internal int MessageBytes { get; set; }

    /// <summary>Who sent it; null where streams do not say.</summary>
    internal SocketAddress? Source { get; set; }

    /// <summary>SCM_RIGHTS, with the references that were in flight. More bytes may not be added to them.</summary>
    internal OpenFile[]? Files { get; set; }
}

/// <summary>
/// A socket: an open file with addresses and options. Answers as if non-blocking; see <see cref="OpenFile"/>.
/// </summary>
internal abstract class Socket(Process process, int family, SocketType type, int protocol)
    : OpenFile(process), IEndPointOwner
{
    private const ulong RequestBytesToRead = 0x541B; // FIONREAD
    private const ulong RequestBytesToSend = 0x5411; // TIOCOUTQ, SIOCOUTQ
    private const ulong RequestAtMark = 0x8905; // SIOCATMARK

    private const uint ModeSocket = 0xC1FF; // S_IFSOCK, 0777

    internal int Family { get; } = family;

    internal SocketType Type { get; } = type;

    internal int Protocol { get; } = protocol;

    internal SocketOptions Options { get; } = new();

    internal override string Name => $"socket:[{Id}]";

    /// <summary>Whether bytes have no borders: sends and receives may be cut anywhere.</summary>
    internal bool IsStream => Type == SocketType.Stream;

    /// <summary>Whether EPIPE comes with SIGPIPE (only stream sockets; seqpacket does not in Linux).</summary>
    internal bool RaisesBrokenPipe => IsStream;

    /// <summary>Bytes of a message at most; longer ones are EMSGSIZE.</summary>
    internal virtual int MessageBytesMax => int.MaxValue;

    internal virtual bool IsListening => false;

    /// <summary>The address that getsockname returns.</summary>
    internal abstract SocketAddress LocalAddress { get; }

    /// <summary>The address that getpeername returns; null is ENOTCONN.</summary>
    internal abstract SocketAddress? PeerAddress { get; }

    /// <summary>FIONREAD's answer.</summary>
    internal abstract SyscallResult BytesToRead { get; }

    protected NetworkStack Network => Process.Network;

    internal abstract Errno Bind(in SocketAddress address);

    internal virtual Errno Listen(int backlog) => Errno.EOPNOTSUPP;

    /// <summary>Starts to connect.</summary>
    /// <returns>
    /// 0, EINPROGRESS or EAGAIN (both: wait, then ask <see cref="ConnectProgress"/>), EALREADY, or an error.
    /// </returns>
    internal abstract Errno Connect(in SocketAddress address);

    /// <summary>How the attempt stands: None when connected, EINPROGRESS while it is not decided.</summary>
    internal virtual Errno ConnectProgress(in SocketAddress address) => Errno.None;

    /// <summary>Takes a connection; the caller registers nothing when the answer is an error.</summary>
    internal virtual Errno Accept(out Socket? accepted)
    {
        accepted = null;
        return Errno.EOPNOTSUPP;
    }

    /// <summary>Sends a message, or as many bytes of a stream as there is room for.</summary>
    internal abstract SyscallResult Send(ReadOnlySpan<byte> source, in OutgoingMessage message);

    /// <summary>Copies from the next message, or from the stream, without removing anything.</summary>
    /// <param name="offset">Bytes of the stream to pass over.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="incoming">What came with the bytes.</param>
    /// <returns>Bytes copied, 0 at a stream's end, EAGAIN, or an error.</returns>
    internal abstract SyscallResult Peek(int offset, Span<byte> destination, ref IncomingMessage incoming);

    /// <summary>
    /// Removes the message, or the bytes, that were just copied; the files that came with it are the caller's now,
    /// to be given to <see cref="SocketTable.Land"/>.
    /// </summary>
    internal abstract void Consume(int count);

    /// <summary>shutdown(2).</summary>
    internal abstract Errno Shutdown(bool read, bool write);

    /// <summary>SO_ERROR: the pending error, which is thereby reported.</summary>
    internal virtual Errno TakeError() => Errno.None;

    /// <summary>The option's value has changed.</summary>
    internal virtual void OptionChanged()
    {
    }

    internal override SyscallResult Read(Span<byte> destination)
    {
        var incoming = new IncomingMessage { IsFirst = true };
        var result = Peek(0, destination, ref incoming);
        if (!result.IsError && (result.Raw > 0 || !IsStream))
        {
            Consume((int)result.Raw);
            Process.Sockets.Land(incoming.Files);
        }

        return result;
    }

    internal override SyscallResult Write(ReadOnlySpan<byte> source) =>
        source.Length > MessageBytesMax ? Errno.EMSGSIZE : Send(source, default);

    internal override SyscallResult Control(ulong request, ulong argument, UserMemory user)
    {
        SyscallResult value = (uint)request switch
        {
            (uint)RequestBytesToRead => BytesToRead,
            // What is sent is the receiver's at once; and nothing is urgent.
            (uint)RequestBytesToSend or (uint)RequestAtMark => 0,
            _ => Errno.ENOTTY,
        };
        return value.IsError ? value : user.TryWriteUInt32(argument, (uint)value.Raw) ? 0 : Errno.EFAULT;
    }

    void IEndPointOwner.EndPointChanged() => Notify();

    internal override void Connect(StateReader state) => Link();

    internal override uint AnonymousMode => ModeSocket;

    internal override long? ReadTimeout => Options.ReceiveTimeout;

    internal override long? WriteTimeout => Options.SendTimeout;

    /// <summary>
    /// Second phase of restoring, when every open file exists: finds the files that are named by id, and adds the
    /// references that messages in flight and listeners hold.
    /// </summary>
    /// <exception cref="StateRefusedException">A file that is named does not exist or does not fit.</exception>
    internal virtual void Link()
    {
    }

    protected static Errno ToErrno(PortStatus status) => status switch
    {
        PortStatus.Ok => Errno.None,
        PortStatus.InUse => Errno.EADDRINUSE,
        PortStatus.NotAvailable => Errno.EADDRNOTAVAIL,
        _ => Errno.ENOBUFS,
    };
}
