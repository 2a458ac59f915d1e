using System.Globalization;
using Vee.Machines.Linux.Files;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Sockets;

/// <summary>What the sockets of a process share: the network, the names of Unix sockets, files in flight.</summary>
internal sealed class SocketTable(Process process, NetworkStack network)
{
    private const uint SectionVersion = 1;
    private const ulong AutomaticNames = 1 << 20;

    /// <summary>Bytes that all Unix sockets may hold together: 256 MiB; beyond it sends fail with ENOBUFS.</summary>
    internal const long UnixBytesMax = 256L << 20;

    private readonly Queue<OpenFile> landing = [];
    private bool isLanding;
    private ulong nextName;

    internal NetworkStack Network { get; } = network;

    /// <summary>Names of Unix sockets; the file system may put its own in place before the first socket.</summary>
    internal UnixNames Names { get; } = new(process);

    /// <summary>
    /// Files in messages that nobody has received. Their number is bounded by RLIMIT_NOFILE, as in Linux, so that
    /// sockets sent through themselves, which never close, cannot pile up.
    /// </summary>
    internal int FilesInFlight { get; private set; }

    /// <summary>Bytes in the queues of Unix sockets, overhead included.</summary>
    internal long UnixBytes { get; set; }

    /// <summary>Whether that many more files may be sent.</summary>
    internal bool CanSend(OpenFile[]? files) =>
        files is null || (ulong)(FilesInFlight + files.Length) <= process.Limits.OpenFiles;

    /// <summary>Files leave with a message: each gets a reference.</summary>
    internal void Launch(OpenFile[]? files)
    {
        foreach (var file in files ?? [])
        {
            FileTable.AddReference(file);
            FilesInFlight++;
        }
    }

    /// <summary>Files have arrived, or their message is lost: the references in flight are dropped.</summary>
    internal void Land(OpenFile[]? files)
    {
        foreach (var file in files ?? [])
        {
            FilesInFlight--;
            landing.Enqueue(file);
        }

        if (isLanding)
        {
            return;
        }

        // A file that closes here may be a socket whose queue holds more files: a loop instead of a recursion.
        isLanding = true;
        while (landing.TryDequeue(out var file))
        {
            process.Files.Release(file);
        }

        isLanding = false;
    }

    /// <summary>An abstract name of five hexadecimal digits that is free (unix(7), "Autobind feature").</summary>
    internal string? NextName()
    {
        for (var tries = 0UL; tries < AutomaticNames; tries++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"\0{nextName++ % AutomaticNames:x5}");
            if (Names.Find(name, out _) != Errno.None)
            {
                return name;
            }
        }

        return null;
    }

    internal void Save(StateWriter state) => state.Section("sockets", SectionVersion, writer =>
    {
        writer.UInt64("nextName", nextName);
        Network.Save(writer);
    });

    /// <summary>
    /// Restores before the open files, which claim their end points; files in flight are counted again as the
    /// messages that hold them are linked (<see cref="Socket.Link"/>).
    /// </summary>
    internal void Restore(StateReader state) => state.Section("sockets", SectionVersion, reader =>
    {
        nextName = reader.UInt64("nextName");
        Network.Restore(reader);
    });
}
