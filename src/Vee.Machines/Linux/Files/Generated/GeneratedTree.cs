using System.Globalization;

namespace Vee.Machines.Linux.Files.Generated;

/// <summary>/proc and /sys: which paths exist and what they hold.</summary>
internal sealed class GeneratedTree
{
    private readonly Process process;
    private readonly FileSystem fileSystem;
    private readonly string self;
    private readonly Dictionary<string, Func<string>> files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<string>> links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> directories = new(StringComparer.Ordinal);

    internal GeneratedTree(Process process, FileSystem fileSystem)
    {
        this.process = process;
        this.fileSystem = fileSystem;
        self = $"/proc/{process.Id}";
        foreach (var (path, produce) in new ProcText(process).Files(self).Concat(SysText.Files(process)))
        {
            files.Add(path, produce);
            AddToDirectories(path);
        }

        AddLink("/proc/self", () => process.Id.ToString(CultureInfo.InvariantCulture));
        AddLink("/proc/mounts", () => "self/mounts");
        AddLink($"{self}/exe", () => process.Options.ProgramPath);
        AddLink($"{self}/cwd", () => fileSystem.WorkingDirectory.Path);
        AddLink($"{self}/root", () => "/");
        AddDirectory($"{self}/fd");
        AddDirectory($"{self}/fdinfo");
        AddDirectory($"{self}/task");
    }

    /// <summary>st_ino of a generated path: made from the path, beyond all stored numbers.</summary>
    internal static long NumberOf(string path)
    {
        // FNV-1a, 64 bits.
        var hash = 14695981039346656037UL;
        foreach (var character in path)
        {
            hash = (hash ^ character) * 1099511628211UL;
        }

        return (long)(hash >> 2 | 1UL << 62);
    }

    internal static ulong DeviceOf(string path) =>
        path.StartsWith("/sys", StringComparison.Ordinal) ? FileSystem.SysDevice : FileSystem.ProcDevice;

    /// <summary>Makes the inode of a path; null when nothing is there.</summary>
    internal Inode? Find(string path)
    {
        if (files.TryGetValue(path, out var produce))
        {
            return new GeneratedFile(fileSystem, path, produce);
        }

        if (links.TryGetValue(path, out var target))
        {
            return new GeneratedLink(fileSystem, path, target);
        }

        return directories.ContainsKey(path)
            ? new GeneratedDirectory(this, fileSystem, path)
            : path.StartsWith(self, StringComparison.Ordinal) ? FindDynamic(path[(self.Length + 1)..], path) : null;
    }

    /// <summary>What a saved reference names: a generated path or a standard stream.</summary>
    internal Inode? Restore(string path) => path switch
    {
        "console:0" => fileSystem.ConsoleNode(0),
        "console:1" => fileSystem.ConsoleNode(1),
        "console:2" => fileSystem.ConsoleNode(2),
        _ => Find(path),
    };

    internal DirectoryNode ParentOf(string path)
    {
        var end = path.LastIndexOf('/');
        return end <= 0 ? fileSystem.Root : Find(path[..end]) as DirectoryNode ?? fileSystem.Root;
    }

    /// <summary>The names in a directory.</summary>
    internal IReadOnlyList<string> List(string path)
    {
        if (path == $"{self}/fd" || path == $"{self}/fdinfo")
        {
            return [.. process.Files.Numbers.Select(Text)];
        }

        if (path == $"{self}/task")
        {
            return [.. process.Threads.All.Keys.Select(Text)];
        }

        return directories.TryGetValue(path, out var names) ? [.. names]
            : path.StartsWith($"{self}/task/", StringComparison.Ordinal) ? ["comm", "stat", "status"]
            : [];
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private Inode? FindDynamic(string rest, string path)
    {
        var parts = rest.Split('/');
        if (parts.Length < 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || Text(number) != parts[1])
        {
            return null;
        }

        return (parts[0], parts.Length) switch
        {
            ("fd", 2) when process.Files.TryGet(number, out _) => DescriptorLink(number, path),
            ("fdinfo", 2) when process.Files.TryGet(number, out _) =>
                new GeneratedFile(fileSystem, path, () => ProcText.Descriptor(process, number)),
            ("task", 2) when process.Threads.All.ContainsKey(number) =>
                new GeneratedDirectory(this, fileSystem, path),
            ("task", 3) when process.Threads.All.ContainsKey(number) && parts[2] is "comm" or "stat" or "status" =>
                new GeneratedFile(fileSystem, path, () => new ProcText(process).Thread(number, parts[2])),
            _ => null,
        };
    }

    private GeneratedLink DescriptorLink(int number, string path) => new(
        fileSystem,
        path,
        () => process.Files.TryGet(number, out var file) ? file.Name : "",
        () => process.Files.TryGet(number, out var file) ? file.Inode : null);

    private void AddLink(string path, Func<string> target)
    {
        links.Add(path, target);
        AddToDirectories(path);
    }

    private void AddDirectory(string path)
    {
        directories.TryAdd(path, new SortedSet<string>(StringComparer.Ordinal));
        AddToDirectories(path);
    }

    private void AddToDirectories(string path)
    {
        for (var end = path.LastIndexOf('/'); end > 0; end = path.LastIndexOf('/'))
        {
            var parent = path[..end];
            if (!directories.TryGetValue(parent, out var names))
            {
                directories.Add(parent, names = new SortedSet<string>(StringComparer.Ordinal));
            }

            names.Add(path[(end + 1)..]);
            path = parent;
        }
    }
}
