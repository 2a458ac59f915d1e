using Vee.Machines.Networking;

namespace Vee.Machines.Tests.Linux.Sockets;

/// <summary>
/// Joins stacks by address. Messages wait until the test lets one arrive: those between two machines in order,
/// except datagrams, which may be lost or repeated; different pairs in any order. A network of several ways delivers
/// those between two machines in any order, and some twice.
/// </summary>
internal sealed class TestNetwork(Random random)
{
    private readonly Dictionary<uint, NetworkStack> stacks = [];
    private readonly SortedDictionary<(uint From, uint To), List<NetworkMessage>> links = [];

    internal bool LosesDatagrams { get; init; }

    internal bool HasSeveralWays { get; init; }

    internal int InFlight => links.Values.Sum(link => link.Count);

    internal INetwork Plug => new Port(this);

    internal void Attach(NetworkStack stack) => stacks[stack.Address] = stack;

    internal void Send(NetworkMessage message)
    {
        var key = (message.Source.Address, message.Destination.Address);
        if (!links.TryGetValue(key, out var link))
        {
            links[key] = link = [];
        }

        var isDatagram = message.Kind == NetworkMessageKind.Datagram;
        if (isDatagram && LosesDatagrams && random.Next(4) == 0)
        {
            return;
        }

        link.Add(message);
        if (isDatagram && LosesDatagrams && random.Next(4) == 0)
        {
            link.Add(message);
        }
    }

    /// <summary>Lets one message arrive.</summary>
    internal bool Step()
    {
        var waiting = links.Where(link => link.Value.Count > 0).ToList();
        if (waiting.Count == 0)
        {
            return false;
        }

        var (key, queue) = waiting[random.Next(waiting.Count)];
        var index = HasSeveralWays ? random.Next(queue.Count) : 0;
        var message = queue[index];
        if (!HasSeveralWays || random.Next(8) > 0)
        {
            queue.RemoveAt(index);
        }

        stacks[key.To].Deliver(message);
        return true;
    }

    internal void StepAll()
    {
        while (Step())
        {
        }
    }

    private sealed class Port(TestNetwork network) : INetwork
    {
        public bool HasRoute(uint address) => network.stacks.ContainsKey(address);

        public void Send(NetworkMessage message) => network.Send(message);
    }
}
