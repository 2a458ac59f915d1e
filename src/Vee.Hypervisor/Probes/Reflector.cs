using Vee.Hypervisor.Hosts;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Hypervisor.Probes;

/// <summary>Sends back whatever comes, at once and without a core: every datagram, and the bytes of every stream.
/// </summary>
/// <remarks>
/// It accepts every connection and grants what it is granted: who can send so much can receive so much, and as all of
/// it goes back, both directions have the same offsets and there is nothing to remember: what
/// comes in another order goes back in that order.
/// </remarks>
public sealed class Reflector : INetworkGuest
{
    private IGuestPort port = null!;

    /// <param name="address">Its own, unique in the rack.</param>
    public Reflector(uint address) => Address = address;

    /// <inheritdoc/>
    public uint Address { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IVcpu> Vcpus => [];

    /// <inheritdoc/>
    public void Start(IGuestPort port) => this.port = port;

    /// <inheritdoc/>
    public void Notify(int kind, long argument) =>
        throw new InvalidOperationException("a reflector has asked for nothing");

    /// <inheritdoc/>
    public void Deliver(NetworkMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        switch (message.Kind)
        {
            case NetworkMessageKind.Connect:
                Return(message with { Kind = NetworkMessageKind.Accept });
                break;
            case NetworkMessageKind.Datagram or NetworkMessageKind.Data or NetworkMessageKind.Window
                or NetworkMessageKind.Finish:
                Return(message);
                break;
            default:
                // That a connection is gone is no question.
                break;
        }
    }

    /// <inheritdoc/>
    public void Save(StateWriter state)
    {
    }

    /// <inheritdoc/>
    public void Restore(StateReader state)
    {
    }

    private void Return(NetworkMessage message) =>
        port.Send(message with { Source = message.Destination, Destination = message.Source }, port.Now);
}
