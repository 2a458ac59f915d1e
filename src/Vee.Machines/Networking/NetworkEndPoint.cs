using Vee.Machines.State;

namespace Vee.Machines.Networking;

/// <summary>Who holds an end point: a socket.</summary>
internal interface IEndPointOwner
{
    /// <summary>The end point's readiness may have changed. Must not call the stack.</summary>
    void EndPointChanged();
}

/// <summary>The class of an end point in a saved machine. Zero is invalid.</summary>
internal enum EndPointKind : byte
{
    Invalid = 0,
    Datagram = 1,
    Listener = 2,
    Connection = 3,
}

/// <summary>Something with a local port.</summary>
internal abstract class NetworkEndPoint(EndPoint4 local)
{
    /// <summary>Unique in its stack for the machine's whole life; 0 before it is registered.</summary>
    internal long Id { get; set; }

    internal EndPoint4 Local { get; } = local;

    /// <summary>The socket; null while a connection waits to be accepted.</summary>
    internal IEndPointOwner? Owner { get; set; }

    /// <summary>SO_REUSEADDR when the port was taken.</summary>
    internal bool ReuseAddress { get; set; }

    /// <summary>SO_REUSEPORT when the port was taken.</summary>
    internal bool ReusePort { get; set; }

    internal abstract EndPointKind Kind { get; }

    /// <summary>Whether two end points of one protocol and port lay claim to a common address.</summary>
    internal static bool Overlaps(EndPoint4 one, EndPoint4 other) =>
        one.Port == other.Port
        && (one.Address == other.Address || one.Address == EndPoint4.Any || other.Address == EndPoint4.Any);

    internal void Changed() => Owner?.EndPointChanged();

    internal abstract void Save(StateWriter state);

    internal abstract void Restore(StateReader state);
}
