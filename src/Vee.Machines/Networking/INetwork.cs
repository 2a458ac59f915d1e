namespace Vee.Machines.Networking;

/// <summary>
/// What a machine's network card is plugged into. Messages of one connection arrive once or more and whole; they may
/// overtake each other. Datagrams may be lost as well.
/// </summary>
/// <remarks>
/// Called on the thread that runs the machine. An answer may be given at once, from inside <see cref="Send"/>, by
/// <see cref="NetworkStack.Deliver"/>, or at any later virtual time.
/// </remarks>
public interface INetwork
{
    /// <summary>Whether anything can be sent to an address; where not, the guest gets ENETUNREACH at once.</summary>
    bool HasRoute(uint address);

    /// <summary>Takes a message. Never blocks; what cannot reach anybody is answered by a Refuse or a Reset.</summary>
    void Send(NetworkMessage message);
}

/// <summary>No outside: only 127.0.0.0/8 and the machine's own address can be reached.</summary>
public sealed class IsolatedNetwork : INetwork
{
    /// <inheritdoc/>
    public bool HasRoute(uint address) => false;

    /// <inheritdoc/>
    public void Send(NetworkMessage message)
    {
        // Nothing is sent without a route; answers to a stranger's message, after a migration, end here.
    }
}
