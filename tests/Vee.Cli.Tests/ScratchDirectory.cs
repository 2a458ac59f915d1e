namespace Vee.Cli.Tests;

/// <summary>A directory that is gone after the test.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("vee-test-");

    internal string FullName => directory.FullName;

    /// <summary>Writes a file, with the directories that it needs.</summary>
    /// <returns>Its full path.</returns>
    internal string Write(string path, ReadOnlySpan<byte> content)
    {
        var full = Path.Combine(FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, content);
        return full;
    }

    /// <summary>Makes a symbolic link.</summary>
    internal void Link(string path, string target)
    {
        var full = Path.Combine(FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.CreateSymbolicLink(full, target);
    }

    public void Dispose() => directory.Delete(recursive: true);
}
