using System.Security.Cryptography;
using System.Text;

namespace Vee.Layers.Tests;

/// <summary>A copy of the canary's source tree, plus what should not be committed even there.</summary>
public sealed class PlantedTree : IDisposable
{
    private static readonly byte[] Elf = [.. "\x7fELF"u8, 1, 2, 3];
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("vee-layers-");

    public PlantedTree()
    {
        var planted = new DirectoryInfo(
            Path.Combine(SourceTree.FindRoot(), "tests", "Vee.Layers.Canary", "Planted"));
        foreach (var file in planted.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            Write(Path.GetRelativePath(planted.FullName, file.FullName), File.ReadAllBytes(file.FullName));
        }

        WriteText();
        WriteGuests();
        Write("generated/fresh.txt", "new"u8);
        Write("generated/stale.txt", "old"u8);
    }

    public void Dispose() => directory.Delete(recursive: true);

    /// <summary>The tree with the canary's assembly in the role of a production project.</summary>
    internal Subject Subject(string role) =>
        new(directory.FullName, [new(role, "Vee.Layers.Canary", typeof(Canary.AtTheRoot).Assembly)], Generated);

    private static IReadOnlyList<GeneratedFile> Generated { get; } =
    [
        new("generated/fresh.txt", "true", () => "new"),
        new("generated/stale.txt", "true", () => "new"),
        new("generated/missing.txt", "true", () => "new"),
    ];

    private void WriteText()
    {
        Write("text/FitsInFile.cs", Lines(Rules.Tidy.FileLinesMax, "//"));
        Write("text/TooLong.cs", Lines(Rules.Tidy.FileLinesMax + 1, "//"));
        Write("text/Lines.cs", Text(new string('/', Rules.Tidy.LineColumnsMax), new string('/', 121)));
        Write("text/fits.bin", new byte[Rules.Tidy.FileBytesMax]);
        Write("text/large.bin", new byte[Rules.Tidy.FileBytesMax + 1]);
        // In halves, so that this file does not contain what it plants.
        Write("text/words.yaml", Text(
            "# FIX" + "ME", "# TO" + "DO later", "# TO" + "DO(#12) innocent", "#" + "region planted", "# methods"));
        Write("src/Vee.Planted/planted.proto", Text("  int64 took_ms = 1;", "  int64 took_wall_ms = 2;", "// ms = 1"));
        Write("src/Vee.Api/Planted.cs", Text(
            "    public int? TimeoutSeconds { get; init; }", "    public double VirtualSeconds { get; }",
            "    internal long QuietMs { get; }"));
        Write("src/Vee.Planted/Metrics.cs", Text(
            "M(\"vee_took_seconds\")", "M(\"vee_took_virtual_seconds\")", "M(\"workqueue_queue_duration_seconds\")",
            "public long TookMs { get; }"));
        Write("text/paths.md", Text(
            "/ho" + "me/someone/vee", "see /tm" + "p/out", "/ro" + "ot/x", "https://host/ho" + "me/innocent"));
        Write("tests/paths.md", Text("/tm" + "p/innocent", "/ho" + "me/someone"));
    }

    private void WriteGuests()
    {
        Write("guests/bin/good", Elf);
        Write("guests/bin/changed", Elf);
        Write("guests/bin/unlisted", Elf);
        Write("guests/large.txt", new byte[Rules.Tidy.FileBytesMax + 1]);
        Write("guests/manifest.json", Encoding.UTF8.GetBytes($$"""
            {
              "guests": [
                { "file": "bin/good", "sha256": "{{Convert.ToHexStringLower(SHA256.HashData(Elf))}}" },
                { "file": "bin/changed", "sha256": "{{new string('0', 64)}}" },
                { "file": "bin/missing", "sha256": "{{new string('0', 64)}}" }
              ]
            }
            """));
    }

    private void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var full = Path.Combine(directory.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
    }

    private static byte[] Lines(int count, string line) => Text([.. Enumerable.Repeat(line, count)]);

    private static byte[] Text(params string[] lines) => Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
}
