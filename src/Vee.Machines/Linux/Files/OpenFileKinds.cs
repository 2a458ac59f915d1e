using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>Makes an open description from its part of a state; those it refers to may not exist yet.</summary>
internal delegate OpenFile OpenFileFactory(Process process, StateReader state);

/// <summary>The kinds of open descriptions that a state can hold, by <see cref="OpenFile.StateKind"/>.</summary>
internal static class OpenFileKinds
{
    /// <summary>Finds what makes a kind; null for an unknown one.</summary>
    /// <remarks>Kinds of other folders are added here, one line each.</remarks>
    internal static OpenFileFactory? Find(string kind) => kind switch
    {
        RegularOpenFile.Kind => RegularOpenFile.Restore,
        DirectoryOpenFile.Kind => DirectoryOpenFile.Restore,
        PathOnlyFile.Kind => PathOnlyFile.Restore,
        DeviceFile.Kind => DeviceFile.Restore,
        GeneratedOpenFile.Kind => GeneratedOpenFile.Restore,
        PipeFile.Kind => PipeFile.Restore,
        ConsoleFile.Kind => ConsoleFile.Restore,
        EventFile.Kind => EventFile.Restore,
        TimerFile.Kind => TimerFile.Restore,
        SignalFile.Kind => SignalFile.Restore,
        Polling.EpollFile.Kind => Polling.EpollFile.Restore,
        Sockets.TcpSocket.Kind => Sockets.TcpSocket.Restore,
        Sockets.UdpSocket.Kind => Sockets.UdpSocket.Restore,
        Sockets.UnixConnectionSocket.Kind => Sockets.UnixConnectionSocket.Restore,
        Sockets.UnixDatagramSocket.Kind => Sockets.UnixDatagramSocket.Restore,
        _ => null,
    };
}
