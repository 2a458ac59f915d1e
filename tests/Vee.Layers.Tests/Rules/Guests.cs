using System.Security.Cryptography;
using System.Text.Json;

namespace Vee.Layers.Tests.Rules;

/// <summary>The guest programs that are committed as bytes are the ones the manifest describes.</summary>
internal static class Guests
{
    private const string Manifest = "guests/manifest.json";

    internal static IEnumerable<Violation> Hashes(Subject subject)
    {
        var guests = subject.Files.Where(f => f.IsIn("guests")).ToDictionary(f => f.Path);
        if (!guests.TryGetValue(Manifest, out var manifest))
        {
            yield return new(Manifest, "guests are committed without a manifest: build them so that it is written");
            yield break;
        }

        using var json = JsonDocument.Parse(manifest.Text);
        var listed = Entries(json.RootElement).ToList();
        if (listed.Count == 0)
        {
            yield return new(Manifest, "lists no file with its sha256: build the guests again");
        }

        foreach (var (path, sha256) in listed)
        {
            if (!guests.TryGetValue($"guests/{path}", out var file))
            {
                yield return new(
                    $"guests/{path}",
                    "the manifest lists this file, but it is not there: commit it or build the guests again");
            }
            else if (Convert.ToHexStringLower(SHA256.HashData(file.Bytes)) != sha256)
            {
                yield return new(
                    file.Path,
                    "differs from its sha256 in the manifest: build the guests again and commit both");
            }
        }

        foreach (var binary in guests.Values.Where(f => IsElf(f) && !listed.Any(e => $"guests/{e.Path}" == f.Path)))
        {
            yield return new(
                binary.Path,
                "is a program without an entry in the manifest: build the guests again or delete it");
        }
    }

    private static bool IsElf(SourceFile file) => file.Bytes.StartsWith("\x7fELF"u8);

    /// <summary>Every object, at any depth, with a file (from guests/) and its sha256.</summary>
    private static IEnumerable<(string Path, string Sha256)> Entries(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            if (Text(element, "file") is { } path && Text(element, "sha256") is { } sha256)
            {
                yield return (path, sha256);
            }

            foreach (var inner in element.EnumerateObject().SelectMany(p => Entries(p.Value)))
            {
                yield return inner;
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var inner in element.EnumerateArray().SelectMany(Entries))
            {
                yield return inner;
            }
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
