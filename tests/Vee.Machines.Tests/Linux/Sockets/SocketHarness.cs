using System.Text;
using Vee.Machines.Linux;
using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Sockets;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Memory;
using Vee.Machines.Networking;
using Vee.Machines.State;
using Xunit;

namespace Vee.Machines.Tests.Linux.Sockets;

/// <summary>A process whose system calls a test makes by name, with guest memory to put arguments in.</summary>
internal sealed class SocketHarness : IDisposable
{
    internal const long Blocked = long.MinValue;

    /// <summary>The first guest address of 64 pages; the pages around them are not mapped.</summary>
    internal const ulong Base = 0x10000;
    internal const int BaseBytes = 64 * PageNumber.Bytes;

    private static readonly Dictionary<string, Syscall> Rows =
        SocketCalls.Table.ToDictionary(row => row.Name, StringComparer.Ordinal);

    internal SocketHarness(uint address = 0x0A000002, INetwork? network = null)
    {
        Memory = GuestMemory.Reserve(1 << 20, 1 << 20);
        Memory.TryMap(Base, BaseBytes, Protection.Read | Protection.Write);
        var options = new ProcessOptions { Arguments = ["test"], NetworkAddress = address, Network = network };
        Process = new Process(Memory, new SilentConsole(), options);
    }

    internal GuestMemory Memory { get; }

    internal Process Process { get; }

    internal GuestThread Thread { get; } = new(100);

    /// <summary>Signals that calls of <see cref="Thread"/> have raised.</summary>
    internal IReadOnlyList<SignalInfo> Signals => Thread.Signals.Pending.Queue;

    internal long Call(string name, params long[] arguments) => Call(Thread, name, arguments);

    /// <summary>
    /// Makes a call; a call that waits keeps its progress, and the next one on the thread continues it.
    /// </summary>
    internal long Call(GuestThread thread, string name, params long[] arguments)
    {
        var all = new long[6];
        arguments.CopyTo(all, 0);
        var unsigned = Array.ConvertAll(all, value => (ulong)value);
        var packed = new SyscallArguments(
            unsigned[0], unsigned[1], unsigned[2], unsigned[3], unsigned[4], unsigned[5]);
        thread.State = Vee.Machines.Linux.Threads.GuestThreadState.Running;
        var result = Rows[name].Handler!(Process, thread, packed);
        if (result.IsBlocked)
        {
            return Blocked;
        }

        thread.EndCall();
        return result.Raw;
    }

    internal static long Fails(Errno error) => -(long)error;

    internal ulong PutBytes(ulong offset, ReadOnlySpan<byte> bytes)
    {
        Assert.True(Process.User.TryWrite(Base + offset, bytes));
        return Base + offset;
    }

    internal byte[] Bytes(ulong offset, long count)
    {
        var bytes = new byte[count];
        Assert.True(Process.User.TryRead(Base + offset, bytes));
        return bytes;
    }

    internal int Int(ulong offset) => BitConverter.ToInt32(Bytes(offset, 4));

    internal (long Pointer, long Length) PutAddress(ulong offset, SocketAddress address)
    {
        var bytes = new byte[SocketAddress.BytesMax];
        var length = address.Encode(bytes);
        return ((long)PutBytes(offset, bytes.AsSpan(0, length)), length);
    }

    internal long Bind(long socket, uint address, ushort port)
    {
        var (pointer, length) = PutAddress(0, SocketAddress.Inet(new EndPoint4(address, port)));
        return Call("bind", socket, pointer, length);
    }

    internal long Connect(long socket, uint address, ushort port)
    {
        var (pointer, length) = PutAddress(0, SocketAddress.Inet(new EndPoint4(address, port)));
        return Call("connect", socket, pointer, length);
    }

    internal long BindUnix(long socket, string name)
    {
        var (pointer, length) = PutAddress(0, SocketAddress.Unix(name));
        return Call("bind", socket, pointer, length);
    }

    internal long ConnectUnix(long socket, string name)
    {
        var (pointer, length) = PutAddress(0, SocketAddress.Unix(name));
        return Call("connect", socket, pointer, length);
    }

    internal long Send(long socket, string text, long flags = 0)
    {
        var pointer = (long)PutBytes(4096, Encoding.Latin1.GetBytes(text));
        return Call("sendto", socket, pointer, text.Length, flags);
    }

    internal string Receive(long socket, int count, long flags = 0)
    {
        var result = Call("recvfrom", socket, (long)Base + 8192, count, flags);
        return result < 0 ? result == Blocked ? "blocked" : ((Errno)(-result)).ToString()
            : Encoding.Latin1.GetString(Bytes(8192, Math.Min(result, count)));
    }

    internal long SetOption(long socket, int level, int name, int value) =>
        Call("setsockopt", socket, level, name, (long)PutBytes(0, BitConverter.GetBytes(value)), 4);

    internal int GetOption(long socket, int level, int name)
    {
        PutBytes(16, BitConverter.GetBytes(4));
        Assert.Equal(0, Call("getsockopt", socket, level, name, (long)Base, (long)Base + 16));
        return Int(0);
    }

    internal Socket Socket(long number)
    {
        Assert.True(Process.Files.TryGet((int)number, out var file));
        return Assert.IsAssignableFrom<Socket>(file);
    }

    internal PollEvents Poll(long number) => Socket(number).Poll();

    internal (long One, long Other) Pair(int type)
    {
        Assert.Equal(0, Call("socketpair", 1, type, 0, (long)Base));
        return (Int(0), Int(4));
    }

    /// <summary>A listening socket and both ends of a connection to it, over 127.0.0.1.</summary>
    internal (long Listener, long Client, long Server) TcpPair(ushort port = 80, int receiveBuffer = 0)
    {
        var listener = Call("socket", 2, 1, 0);
        if (receiveBuffer > 0)
        {
            SetOption(listener, 1, 8, receiveBuffer);
        }

        Assert.Equal(0, Bind(listener, 0, port));
        Assert.Equal(0, Call("listen", listener, 5));
        var client = Call("socket", 2, 1, 0);
        Assert.Equal(0, Connect(client, EndPoint4.Loopback, port));
        return (listener, client, Call("accept", listener));
    }

    public void Dispose() => Memory.Dispose();

    internal byte[] Save()
    {
        var sink = new Collector();
        var writer = new StateWriter(sink);
        Process.Sockets.Save(writer);
        writer.List("files", [.. Process.Files.Descriptions.Values], (state, file) =>
        {
            state.Int64("id", file.Id);
            state.Text("kind", file.StateKind);
            state.UInt64("flags", (ulong)file.Flags);
            state.Int64("references", file.References);
            file.Save(state);
        });
        writer.List("descriptors", [.. Process.Files.Numbers], (state, number) =>
        {
            Assert.True(Process.Files.TryGet(number, out var file));
            state.Int64("number", number);
            state.Int64("id", file.Id);
        });
        writer.Complete();
        return sink.ToArray();
    }

    /// <summary>A new process with the sockets of a saved one.</summary>
    internal static SocketHarness Restore(byte[] bytes, uint address = 0x0A000002, INetwork? network = null)
    {
        var harness = new SocketHarness(address, network);
        try
        {
            harness.RestoreFrom(new StateReader(new Source(bytes)));
            return harness;
        }
        catch (StateRefusedException)
        {
            harness.Dispose();
            throw;
        }
    }

    private void RestoreFrom(StateReader reader)
    {
        Process.Sockets.Restore(reader);
        Dictionary<long, int> references = [];
        List<OpenFile> gaps = [];
        var lastId = 0L;
        reader.List("files", 65536, (state, _) =>
        {
            var id = state.Int64("id", lastId + 1, 20_000);
            var kind = state.Text("kind");
            var flags = (OpenFlags)state.UInt64("flags");
            references[id] = state.Int32("references");
            var file = kind switch
            {
                UdpSocket.Kind => UdpSocket.Restore(Process, state),
                TcpSocket.Kind => TcpSocket.Restore(Process, state),
                UnixDatagramSocket.Kind => UnixDatagramSocket.Restore(Process, state),
                _ => UnixConnectionSocket.Restore(Process, state),
            };
            // Ids count up: what closed before the save leaves gaps.
            while (lastId < id - 1)
            {
                gaps.Add(Process.Files.Register(new UdpSocket(Process)));
                lastId++;
            }

            lastId = id;
            file.Flags = flags;
            Process.Files.Register(file);
            Assert.Equal(id, file.Id);
        });
        foreach (var gap in gaps)
        {
            FileTable.AddReference(gap);
            Process.Files.Release(gap);
        }

        reader.List("descriptors", 4096, (state, _) =>
        {
            var number = state.Int32("number", 0, 4096);
            var id = state.Int64("id");
            if (!Process.Files.Descriptions.TryGetValue(id, out var file)
                || Process.Files.Install(file, minimum: number).Raw != number)
            {
                throw state.Refuse("id", $"no file {id}, or number {number} is taken");
            }
        });
        reader.Complete();
        foreach (var file in Process.Files.Descriptions.Values)
        {
            ((Socket)file).Link();
        }

        foreach (var file in Process.Files.Descriptions.Values)
        {
            if (references[file.Id] != file.References)
            {
                throw reader.Refuse("references", $"{references[file.Id]} saved, {file.References} found");
            }
        }
    }

    private sealed class Collector : IStateSink
    {
        private readonly List<byte> bytes = [];

        public void Write(ReadOnlySpan<byte> more) => bytes.AddRange(more);

        internal byte[] ToArray() => [.. bytes];
    }

    private sealed class Source(byte[] bytes) : IStateSource
    {
        private int position;

        public int Read(Span<byte> destination)
        {
            var count = Math.Min(destination.Length, bytes.Length - position);
            bytes.AsSpan(position, count).CopyTo(destination);
            position += count;
            return count;
        }
    }

    private sealed class SilentConsole : IConsole
    {
        public (int Columns, int Rows) Size => (80, 25);

        public bool HasInput => false;

        public bool IsTerminal(int stream) => false;

        public ConsoleRead Read(Span<byte> destination, out int count)
        {
            count = 0;
            return ConsoleRead.End;
        }

        public ConsoleWrite Write(int stream, ReadOnlySpan<byte> source, out int count)
        {
            count = source.Length;
            return ConsoleWrite.Done;
        }
    }
}
