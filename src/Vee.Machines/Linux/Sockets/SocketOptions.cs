using Vee.Machines.State;

namespace Vee.Machines.Linux.Sockets;

/// <summary>An option whose value is an int that is checked, stored and given back.</summary>
/// <param name="Default">Its value in a new socket.</param>
/// <param name="Minimum">The least value; less is EINVAL, or raised to it where <paramref name="IsClamped"/>.</param>
/// <param name="Maximum">The greatest value, likewise.</param>
/// <param name="IsBoolean">Whether everything but 0 is 1.</param>
/// <param name="IsClamped">Whether Linux corrects a value outside the bounds.</param>
internal readonly record struct OptionRow(
    int Default, int Minimum = 0, int Maximum = int.MaxValue, bool IsBoolean = false, bool IsClamped = false);

/// <summary>The options of a socket (socket(7), ip(7), tcp(7)) with Linux's defaults.</summary>
internal sealed class SocketOptions
{
    internal const int ReuseAddress = 2;
    internal const int Type = 3;
    internal const int Error = 4;
    internal const int Broadcast = 6;
    internal const int SendBuffer = 7;
    internal const int ReceiveBuffer = 8;
    internal const int Linger = 13;
    internal const int ReusePort = 15;
    internal const int PassCredentials = 16;
    internal const int PeerCredentials = 17;
    internal const int ReceiveTimeoutName = 20;
    internal const int SendTimeoutName = 21;
    internal const int AcceptConnections = 30;
    internal const int SendBufferForce = 32;
    internal const int ReceiveBufferForce = 33;
    internal const int Protocol = 38;
    internal const int Domain = 39;
    internal const int TcpInfo = 11;
    internal const int TcpCongestion = 13;

    /// <summary>wmem_default and rmem_default, in bytes.</summary>
    internal const int BufferBytesDefault = 212992;

    private static readonly OptionRow Switch = new(0, int.MinValue, IsBoolean: true);

    private static readonly Dictionary<(int Level, int Name), OptionRow> Rows = new()
    {
        [(1, 1)] = Switch, // SO_DEBUG
        [(1, ReuseAddress)] = Switch,
        [(1, 5)] = Switch, // SO_DONTROUTE
        [(1, Broadcast)] = Switch,
        [(1, SendBuffer)] = new(BufferBytesDefault, 4608, 2 * BufferBytesDefault, IsClamped: true),
        [(1, ReceiveBuffer)] = new(BufferBytesDefault, 2304, 2 * BufferBytesDefault, IsClamped: true),
        [(1, 9)] = Switch, // SO_KEEPALIVE
        [(1, 10)] = Switch, // SO_OOBINLINE
        [(1, 12)] = new(0, 0, 6), // SO_PRIORITY
        [(1, ReusePort)] = Switch,
        [(1, PassCredentials)] = Switch,
        [(1, 18)] = new(1, 1, IsClamped: true), // SO_RCVLOWAT
        [(1, 36)] = new(0, int.MinValue), // SO_MARK
        [(1, 46)] = new(0), // SO_BUSY_POLL
        [(0, 1)] = new(0, 0, 255), // IP_TOS
        [(0, 2)] = new(64, 1, 255), // IP_TTL
        [(0, 10)] = new(1, 0, 5), // IP_MTU_DISCOVER
        [(0, 11)] = Switch, // IP_RECVERR; the error queue stays empty
        [(0, 15)] = Switch, // IP_FREEBIND
        [(0, 24)] = Switch, // IP_BIND_ADDRESS_NO_PORT
        [(0, 33)] = new(1, 0, 255), // IP_MULTICAST_TTL
        [(0, 34)] = new(1, int.MinValue, IsBoolean: true), // IP_MULTICAST_LOOP
        [(6, 1)] = Switch, // TCP_NODELAY
        [(6, 2)] = new(1460, 0, 32767), // TCP_MAXSEG
        [(6, 3)] = Switch, // TCP_CORK
        [(6, 4)] = new(7200, 1, 32767), // TCP_KEEPIDLE, in seconds
        [(6, 5)] = new(75, 1, 32767), // TCP_KEEPINTVL, in seconds
        [(6, 6)] = new(9, 1, 127), // TCP_KEEPCNT
        [(6, 7)] = new(6, 1, 127), // TCP_SYNCNT
        [(6, 8)] = new(60, int.MinValue), // TCP_LINGER2, in seconds
        [(6, 9)] = new(0, 0, 32767, IsClamped: true), // TCP_DEFER_ACCEPT, in seconds
        [(6, 10)] = new(0), // TCP_WINDOW_CLAMP
        [(6, 12)] = new(1, int.MinValue, IsBoolean: true), // TCP_QUICKACK
        [(6, 18)] = new(0), // TCP_USER_TIMEOUT, in milliseconds
        [(6, 23)] = new(0), // TCP_FASTOPEN
        [(6, 25)] = new(-1, int.MinValue), // TCP_NOTSENT_LOWAT
    };

    private readonly SortedDictionary<(int Level, int Name), int> changed = [];

    /// <summary>SO_LINGER: seconds that close(2) would linger; null when off. Only 0 matters: it resets.</summary>
    internal int? LingerSeconds { get; set; }

    /// <summary>SO_RCVTIMEO, in virtual nanoseconds; null waits for ever.</summary>
    internal long? ReceiveTimeout { get; set; }

    /// <summary>SO_SNDTIMEO, in virtual nanoseconds; null waits for ever.</summary>
    internal long? SendTimeout { get; set; }

    internal int SendBufferBytes => Get(SocketLimits.LevelSocket, SendBuffer);

    internal int ReceiveBufferBytes => Get(SocketLimits.LevelSocket, ReceiveBuffer);

    /// <summary>Whether an option is an int that is only stored.</summary>
    internal static bool TryFind(int level, int name, out OptionRow row) => Rows.TryGetValue((level, name), out row);

    internal bool IsSet(int socketOption) => Get(SocketLimits.LevelSocket, socketOption) != 0;

    internal int Get(int level, int name) =>
        changed.TryGetValue((level, name), out var value) ? value : Rows[(level, name)].Default;

    /// <summary>Stores the value of an option that <see cref="TryFind"/> finds.</summary>
    internal Errno Set(int level, int name, int value)
    {
        var row = Rows[(level, name)];
        if (level == SocketLimits.LevelSocket && name is SendBuffer or ReceiveBuffer)
        {
            // Linux doubles what it is asked for, to leave room for its bookkeeping (socket(7)).
            value = (int)Math.Min(2L * Math.Max(value, 0), int.MaxValue);
        }

        if (row.IsBoolean)
        {
            value = value != 0 ? 1 : 0;
        }
        else if (row.IsClamped)
        {
            value = Math.Clamp(value, row.Minimum, row.Maximum);
        }
        else if (value < row.Minimum || value > row.Maximum)
        {
            return Errno.EINVAL;
        }

        changed[(level, name)] = value;
        return Errno.None;
    }

    /// <summary>Makes these options those of another socket (an accepted one has its listener's).</summary>
    internal void CopyFrom(SocketOptions other)
    {
        changed.Clear();
        foreach (var (key, value) in other.changed)
        {
            changed.Add(key, value);
        }

        LingerSeconds = other.LingerSeconds;
        ReceiveTimeout = other.ReceiveTimeout;
        SendTimeout = other.SendTimeout;
    }

    internal void Save(StateWriter state)
    {
        state.List("options", changed, (writer, option) =>
        {
            writer.Int64("level", option.Key.Level);
            writer.Int64("name", option.Key.Name);
            writer.Int64("value", option.Value);
        });
        state.Int64("lingerSeconds", LingerSeconds ?? -1);
        state.Int64("receiveTimeout", ReceiveTimeout ?? -1);
        state.Int64("sendTimeout", SendTimeout ?? -1);
    }

    internal void Restore(StateReader state)
    {
        state.List("options", Rows.Count, (reader, _) =>
        {
            var key = (reader.Int32("level"), reader.Int32("name"));
            if (!Rows.TryGetValue(key, out var row))
            {
                throw reader.Refuse("name", $"no stored option has the level and name {key}");
            }

            changed[key] = reader.Int32("value", row.IsBoolean ? 0 : row.Minimum, row.IsBoolean ? 1 : row.Maximum);
        });
        LingerSeconds = (int?)NullIfNegative(state.Int64("lingerSeconds", -1, int.MaxValue));
        ReceiveTimeout = NullIfNegative(state.Int64("receiveTimeout", -1));
        SendTimeout = NullIfNegative(state.Int64("sendTimeout", -1));
    }

    private static long? NullIfNegative(long value) => value < 0 ? null : value;
}
