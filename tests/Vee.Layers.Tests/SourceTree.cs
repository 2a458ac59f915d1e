namespace Vee.Layers.Tests;

/// <summary>Finds the files of a source tree without asking git, so that an exported tree is checked too.</summary>
internal static class SourceTree
{
    /// <summary>The violations planted there are the canary's and are read by its tests only.</summary>
    private const string Planted = "tests/Vee.Layers.Canary/Planted";

    /// <summary>What .gitignore says, and git itself. Guests are committed in a folder called bin.</summary>
    private static readonly IReadOnlyList<string> NeverCommitted = ["artifacts", ".git", ".vs", ".vscode", ".idea"];

    /// <summary>The root of the repository this test was built from: the nearest directory with the solution.</summary>
    internal static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "vee-operator.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName
            ?? throw new InvalidOperationException("vee-operator.sln is in no directory above the test executable");
    }

    internal static IReadOnlyList<SourceFile> Files(string root) =>
        [.. Walk(root, "").OrderBy(f => f.Path, StringComparer.Ordinal)];

    private static IEnumerable<SourceFile> Walk(string root, string folder)
    {
        foreach (var entry in new DirectoryInfo(Path.Combine(root, folder)).EnumerateFileSystemInfos())
        {
            var path = folder.Length == 0 ? entry.Name : $"{folder}/{entry.Name}";
            if (NeverCommitted.Contains(entry.Name) || path == Planted)
            {
                continue;
            }

            if (entry is FileInfo file)
            {
                if (file.Extension != ".user")
                {
                    yield return new SourceFile(path, file);
                }
            }
            else if (entry.LinkTarget is null)
            {
                foreach (var inner in Walk(root, path))
                {
                    yield return inner;
                }
            }
        }
    }
}

/// <summary>A file, by its path from the root with forward slashes.</summary>
internal sealed class SourceFile(string path, FileInfo file)
{
    private readonly Lazy<byte[]> bytes = new(() => File.ReadAllBytes(file.FullName));
    private readonly Lazy<string> text = new(() => File.ReadAllText(file.FullName));

    internal string Path { get; } = path;

    internal long Length => file.Length;

    internal ReadOnlySpan<byte> Bytes => bytes.Value;

    internal string Text => text.Value;

    /// <summary>The lines without their ends.</summary>
    internal IReadOnlyList<string> Lines => Text.TrimEnd('\n').Split('\n');

    /// <summary>A NUL byte in the first block means that this is not text; git decides the same way.</summary>
    internal bool IsText => !Bytes[..Math.Min(Bytes.Length, 8000)].Contains((byte)0);

    internal bool IsCSharp => Path.EndsWith(".cs", StringComparison.Ordinal);

    internal bool IsIn(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);
}
