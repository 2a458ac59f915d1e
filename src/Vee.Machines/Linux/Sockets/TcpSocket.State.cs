using Vee.Machines.Linux.Files;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Sockets;

// Saving; what a socket has of the network stack is named by id and reclaimed from it.
internal sealed partial class TcpSocket
{
    internal override void Save(StateWriter state)
    {
        Options.Save(state);
        state.Int64("port", port?.Id ?? 0);
        state.Int64("connection", connection?.Id ?? 0);
        state.Boolean("connectPending", isConnectPending);
        state.Boolean("readShut", isReadShut);
    }

    internal static OpenFile Restore(Process process, StateReader state)
    {
        var socket = new TcpSocket(process);
        socket.Options.Restore(state);
        var portId = state.Int64("port", 0);
        var connectionId = state.Int64("connection", 0);
        socket.port = portId == 0 ? null : process.Network.Reclaim<StreamListener>(state, "port", portId, socket);
        socket.connection = connectionId == 0
            ? null
            : process.Network.Reclaim<StreamConnection>(state, "connection", connectionId, socket);
        socket.isConnectPending = state.Boolean("connectPending");
        socket.isReadShut = state.Boolean("readShut");
        return socket;
    }
}
