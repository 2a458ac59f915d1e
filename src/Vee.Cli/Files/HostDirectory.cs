using Microsoft.Win32.SafeHandles;
using Vee.Machines.Linux;
using Vee.Machines.Linux.Files;

namespace Vee.Cli.Files;

/// <summary>A directory of this computer as a guest's root. It is only read.</summary>
/// <remarks>
/// No path leads out of it: "." and ".." are refused, and so is a path through a symbolic link, which the machine
/// resolves itself and asks for again. What is a pipe, socket or device here is an empty file there and is never
/// opened. A name that is no UTF-8 is left out, because it could not be opened by name. If the directory is changed
/// by others during a run, what the guest sees is unspecified.
/// </remarks>
internal sealed class HostDirectory : IHostDirectory, IDisposable
{
    private const int OpenFilesMax = 64;
    private const int LinkPermissions = 0x1ff;
    private const uint PermissionBits = 0xfff;
    private const char Undecodable = '\ufffd';

    private readonly string directory;
    private readonly Dictionary<string, SafeFileHandle> open = new(StringComparer.Ordinal);

    private HostDirectory(string name, string directory)
    {
        Name = name;
        this.directory = directory;
    }

    /// <summary>The directory as the user named it.</summary>
    internal string Name { get; }

    /// <summary>Opens a directory; a symbolic link to one is followed here, once.</summary>
    /// <returns>Null when there is no such directory.</returns>
    internal static HostDirectory? TryOpen(string name)
    {
        if (!Directory.Exists(name))
        {
            return null;
        }

        var target = Directory.ResolveLinkTarget(name, returnFinalTarget: true)?.FullName ?? name;
        return new HostDirectory(name, Path.TrimEndingDirectorySeparator(Path.GetFullPath(target)));
    }

    public IReadOnlyList<HostEntry>? List(string path)
    {
        if (!TryFullPath(path, out var full) || Find(path) is not { Type: HostEntryType.Directory })
        {
            return null;
        }

        try
        {
            return
            [
                .. new DirectoryInfo(full).EnumerateFileSystemInfos()
                    .Where(entry => !entry.Name.Contains(Undecodable, StringComparison.Ordinal))
                    .OrderBy(entry => entry.Name, StringComparer.Ordinal)
                    .Select(entry => Describe(entry.FullName))
                    .OfType<HostEntry>(),
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public HostEntry? Find(string path) =>
        TryFullPath(path, out var full) ? Describe(full) : null;

    public int Read(string path, long offset, Span<byte> destination)
    {
        if (Find(path) is not { Type: HostEntryType.File } entry)
        {
            return -1;
        }

        if (entry.Size == 0)
        {
            return 0;
        }

        try
        {
            return RandomAccess.Read(Open(path), destination, offset);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return -1;
        }
    }

    public string? ReadLink(string path) =>
        TryFullPath(path, out var full) && new FileInfo(full).LinkTarget is { } target
            ? GuestText.FromHost(target)
            : null;

    public void Dispose() => CloseAll();

    /// <summary>The host's path of an entry that has been found.</summary>
    internal string FullPathOf(string path) =>
        TryFullPath(path, out var full)
            ? full
            : throw new ArgumentException($"'{path}' is not in the directory.", nameof(path));

    private static HostEntry? Describe(string path)
    {
        try
        {
            var attributes = File.GetAttributes(path);
            if ((attributes & FileAttributes.ReparsePoint) != 0)
            {
                return Describe(new FileInfo(path), HostEntryType.SymbolicLink, 0);
            }

            if ((attributes & FileAttributes.Directory) != 0)
            {
                return Describe(new DirectoryInfo(path), HostEntryType.Directory, 0);
            }

            var file = new FileInfo(path);
            return Describe(file, HostEntryType.File, file.Length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static HostEntry? Describe(FileSystemInfo entry, HostEntryType type, long size)
    {
        // It may have been removed since it was looked at: its mode is then -1 and its time in 1601. A link has all
        // permissions (symlink(7)); asked for, its target's would be told.
        var mode = type == HostEntryType.SymbolicLink ? LinkPermissions : (int)entry.UnixFileMode;
        var sinceEpoch = (entry.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks;
        var time = Math.Clamp(sinceEpoch, 0, long.MaxValue / TimeSpan.NanosecondsPerTick) * TimeSpan.NanosecondsPerTick;
        return mode < 0
            ? null
            : new HostEntry(GuestText.FromHost(entry.Name), type, (uint)mode & PermissionBits, size, time);
    }

    /// <summary>Finds the host's path, if each directory on the way is one and not a link to one.</summary>
    private bool TryFullPath(string path, out string full)
    {
        full = directory;
        if (path.Length == 0)
        {
            return true;
        }

        var names = path.Split('/');
        for (var index = 0; index < names.Length; index++)
        {
            var name = GuestText.ToHost(names[index]);
            if (name is "" or "." or ".." || name.Contains('\0', StringComparison.Ordinal)
                || name.Contains(Undecodable, StringComparison.Ordinal))
            {
                return false;
            }

            full = $"{full}/{name}";
            if (index < names.Length - 1 && new FileInfo(full).LinkTarget is not null)
            {
                return false;
            }
        }

        return true;
    }

    private SafeFileHandle Open(string path)
    {
        if (open.TryGetValue(path, out var handle))
        {
            return handle;
        }

        if (open.Count >= OpenFilesMax)
        {
            CloseAll();
        }

        handle = File.OpenHandle(
            FullPathOf(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        open.Add(path, handle);
        return handle;
    }

    private void CloseAll()
    {
        foreach (var handle in open.Values)
        {
            handle.Dispose();
        }

        open.Clear();
    }
}
