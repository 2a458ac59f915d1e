namespace Vee.Machines.Networking;

/// <summary>What became of a wish for a port. Zero is success.</summary>
internal enum PortStatus : byte
{
    Ok = 0,

    /// <summary>EADDRINUSE.</summary>
    InUse = 1,

    /// <summary>EADDRNOTAVAIL: not this machine's address, or no port is free.</summary>
    NotAvailable = 2,

    /// <summary>ENOBUFS: too many end points.</summary>
    TooMany = 3,
}

// Ports: who has which, and which is free. Ephemeral ones follow a counter, so that equal runs get equal ports.
public sealed partial class NetworkStack
{
    /// <summary>net.ipv4.ip_local_port_range.</summary>
    internal const ushort EphemeralFirst = 32768;
    internal const ushort EphemeralLast = 60999;

    private readonly Dictionary<ushort, List<NetworkEndPoint>> streamPorts = [];
    private readonly Dictionary<ushort, List<NetworkEndPoint>> datagramPorts = [];
    private ushort nextStreamPort = EphemeralFirst;
    private ushort nextDatagramPort = EphemeralFirst;

    /// <summary>Takes a TCP port; port 0 takes a free one.</summary>
    internal PortStatus Bind(EndPoint4 local, bool reuseAddress, bool reusePort, out StreamListener? bound)
    {
        bound = null;
        var status = Choose(streamPorts, ref nextStreamPort, ref local, reuseAddress, reusePort);
        if (status == PortStatus.Ok)
        {
            bound = new StreamListener(local) { ReuseAddress = reuseAddress, ReusePort = reusePort };
            Register(bound);
        }

        return status;
    }

    /// <summary>Takes a UDP port; port 0 takes a free one.</summary>
    internal PortStatus Bind(EndPoint4 local, bool reuseAddress, bool reusePort, out DatagramEndPoint? bound)
    {
        bound = null;
        var status = Choose(datagramPorts, ref nextDatagramPort, ref local, reuseAddress, reusePort);
        if (status == PortStatus.Ok)
        {
            bound = new DatagramEndPoint(local) { ReuseAddress = reuseAddress, ReusePort = reusePort };
            Register(bound);
        }

        return status;
    }

    /// <summary>Starts to listen on a port that was taken, or changes the backlog.</summary>
    internal PortStatus Listen(StreamListener listener, int backlog)
    {
        foreach (var other in PortUsers(streamPorts, listener.Local.Port))
        {
            if (other != listener && other is StreamListener { IsListening: true }
                && NetworkEndPoint.Overlaps(other.Local, listener.Local)
                && !(other.ReusePort && listener.ReusePort))
            {
                return PortStatus.InUse;
            }
        }

        listener.IsListening = true;
        listener.Backlog = Math.Clamp(backlog, 0, StreamListener.BacklogMax);
        Admit(listener);
        Drain();
        return PortStatus.Ok;
    }

    private PortStatus Choose(
        Dictionary<ushort, List<NetworkEndPoint>> ports,
        ref ushort next,
        ref EndPoint4 local,
        bool reuseAddress,
        bool reusePort)
    {
        if (local.Address != EndPoint4.Any && !IsLocal(local.Address))
        {
            return PortStatus.NotAvailable;
        }

        if (endPoints.Count >= EndPointsMax)
        {
            return PortStatus.TooMany;
        }

        if (local.Port != 0)
        {
            return IsFree(ports, local, reuseAddress, reusePort) ? PortStatus.Ok : PortStatus.InUse;
        }

        if (!TryNextEphemeral(ports, ref next, out var port))
        {
            return PortStatus.InUse;
        }

        local = local with { Port = port };
        return PortStatus.Ok;
    }

    private static bool TryNextEphemeral(
        Dictionary<ushort, List<NetworkEndPoint>> ports, ref ushort next, out ushort port)
    {
        for (var tries = EphemeralLast - EphemeralFirst + 1; tries > 0; tries--)
        {
            port = next;
            next = next == EphemeralLast ? EphemeralFirst : (ushort)(next + 1);
            if (!ports.ContainsKey(port))
            {
                return true;
            }
        }

        port = 0;
        return false;
    }

    // Two end points may share a port when both said SO_REUSEPORT, or both SO_REUSEADDR and, for TCP, the present
    // one does not listen (inet_csk_bind_conflict, udp_lib_lport_inuse).
    private static bool IsFree(
        Dictionary<ushort, List<NetworkEndPoint>> ports, EndPoint4 local, bool reuseAddress, bool reusePort)
    {
        foreach (var other in PortUsers(ports, local.Port))
        {
            var shares = (reusePort && other.ReusePort)
                || (reuseAddress && other.ReuseAddress && other is not StreamListener { IsListening: true });
            if (!shares && NetworkEndPoint.Overlaps(other.Local, local))
            {
                return false;
            }
        }

        return true;
    }

    private static List<NetworkEndPoint> PortUsers(Dictionary<ushort, List<NetworkEndPoint>> ports, ushort port) =>
        ports.TryGetValue(port, out var users) ? users : [];

    private Dictionary<ushort, List<NetworkEndPoint>> PortsOf(NetworkEndPoint endPoint) =>
        endPoint is DatagramEndPoint ? datagramPorts : streamPorts;

    private void Claim(NetworkEndPoint endPoint)
    {
        var ports = PortsOf(endPoint);
        if (!ports.TryGetValue(endPoint.Local.Port, out var users))
        {
            ports[endPoint.Local.Port] = users = [];
        }

        users.Add(endPoint);
    }

    private void Unclaim(NetworkEndPoint endPoint)
    {
        var ports = PortsOf(endPoint);
        if (ports.TryGetValue(endPoint.Local.Port, out var users) && users.Remove(endPoint) && users.Count == 0)
        {
            ports.Remove(endPoint.Local.Port);
        }
    }
}
