using System.Text;

namespace Vee.Machines.Linux.Files;

/// <summary>What every machine's root holds: devices, generated trees, a temporary directory, a few lines of
/// /etc.</summary>
internal static class InitialTree
{
    private const uint Everybody = 0x1b6;
    private const uint EverybodySticky = 0x3ff;
    private const uint Readable = 0x1a4;
    private const uint DirectoryPermissions = 0x1ed;

    /// <summary>Builds the tree; where the host lies below, it fills in only what is missing.</summary>
    internal static void Build(FileSystem files, Process process)
    {
        var umask = files.Umask;
        files.Umask = 0;
        foreach (var path in new[] { "/dev", "/dev/pts" })
        {
            files.MakeDirectory(files.Root, path, DirectoryPermissions);
        }

        files.MakeDirectory(files.Root, "/tmp", EverybodySticky);
        files.MakeDirectory(files.Root, "/dev/shm", EverybodySticky);
        files.Mount("/proc");
        files.Mount("/sys");
        BuildDevices(files, process);
        if (files.Host is not null)
        {
            // From here on a lookup in the root sees the host's entries; those made above hide theirs.
            files.Root.SetLower("");
        }

        string[] directories =
            ["/bin", "/etc", "/home", "/lib", "/root", "/run", "/usr", "/usr/bin", "/usr/lib", "/var", "/var/tmp"];
        foreach (var path in directories)
        {
            files.MakeDirectory(files.Root, path, path == "/var/tmp" ? EverybodySticky : DirectoryPermissions);
        }

        BuildSettings(files, process.Options.HostName);
        files.Umask = umask;
    }

    private static void BuildDevices(FileSystem files, Process process)
    {
        (string Name, ulong Device)[] devices =
        [
            ("null", DeviceNumbers.Null), ("zero", DeviceNumbers.Zero), ("full", DeviceNumbers.Full),
            ("random", DeviceNumbers.Random), ("urandom", DeviceNumbers.PseudoRandom),
            ("tty", DeviceNumbers.Terminal), ("console", DeviceNumbers.Console),
        ];
        foreach (var (name, device) in devices)
        {
            files.MakeNode(files.Root, "/dev/" + name, FileType.CharacterDevice, Everybody, device);
        }

        if (process.Console.IsTerminal(0) || process.Console.IsTerminal(1))
        {
            files.MakeNode(files.Root, "/dev/pts/0", FileType.CharacterDevice, 0x190, DeviceNumbers.FirstTerminal);
        }

        (string Name, string Target)[] links =
            [("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
             ("stderr", "/proc/self/fd/2")];
        foreach (var (name, target) in links)
        {
            files.MakeLink(files.Root, "/dev/" + name, target);
        }
    }

    private static void BuildSettings(FileSystem files, string hostName)
    {
        (string Name, string Text)[] settings =
        [
            ("passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
            ("group", "root:x:0:\nnogroup:x:65534:\n"),
            ("hosts", $"127.0.0.1\tlocalhost {hostName}\n::1\tlocalhost\n"),
            ("hostname", hostName + "\n"),
            ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
            ("resolv.conf", "nameserver 127.0.0.1\n"),
        ];
        foreach (var (name, text) in settings)
        {
            if (files.TryResolve(files.Root, "/etc/" + name, WalkOptions.None, out _) == Errno.ENOENT)
            {
                files.TryAddFile("/etc/" + name, Readable, Encoding.UTF8.GetBytes(text));
            }
        }
    }
}
