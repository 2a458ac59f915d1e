using System.Text;
using Vee.Machines.Linux.Files;

namespace Vee.Machines.Tests.Linux.Files;

/// <summary>A host directory in memory that counts what is asked of it.</summary>
internal sealed class MemoryHostDirectory : IHostDirectory
{
    private readonly SortedDictionary<string, (HostEntryType Type, byte[] Content, long Time)>
        entries = new(StringComparer.Ordinal);

    internal int Lists { get; private set; }

    internal int Reads { get; private set; }

    internal MemoryHostDirectory File(string path, string content, long time = 5_000_000_000)
    {
        entries[path] = (HostEntryType.File, Encoding.Latin1.GetBytes(content), time);
        return this;
    }

    internal MemoryHostDirectory Directory(string path)
    {
        entries[path] = (HostEntryType.Directory, [], 0);
        return this;
    }

    internal MemoryHostDirectory Link(string path, string target)
    {
        entries[path] = (HostEntryType.SymbolicLink, Encoding.Latin1.GetBytes(target), 0);
        return this;
    }

    internal string Content(string path) => Encoding.Latin1.GetString(entries[path].Content);

    public IReadOnlyList<HostEntry>? List(string path)
    {
        Lists++;
        var prefix = path.Length == 0 ? "" : path + "/";
        return path.Length > 0 && !entries.ContainsKey(path)
            ? null
            : [.. entries.Keys
                .Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && !key[prefix.Length..].Contains('/'))
                .Select(key => Find(key)!.Value)
                .Reverse()];
    }

    public HostEntry? Find(string path) => entries.TryGetValue(path, out var entry)
        ? new HostEntry(path[(path.LastIndexOf('/') + 1)..], entry.Type, 0x1ed, entry.Content.Length, entry.Time)
        : null;

    public int Read(string path, long offset, Span<byte> destination)
    {
        Reads++;
        var rest = entries[path].Content.AsSpan((int)offset);
        var count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination);
        return count;
    }

    public string? ReadLink(string path) => Content(path);
}
