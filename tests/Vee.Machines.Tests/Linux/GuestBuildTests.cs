using System.Security.Cryptography;
using System.Text.Json;
using Xunit;

namespace Vee.Machines.Tests.Linux;

/// <summary>The committed guests are what their sources build to.</summary>
public sealed class GuestBuildTests
{
    [Fact]
    public void Guests_built_again_have_the_bytes_that_are_committed()
    {
        if (CrossCompiler.Absence is { } absence)
        {
            Assert.Skip(absence);
        }

        var folder = Path.Combine(Repository.Root, "guests");
        var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json"))).RootElement;
        var recorded = manifest[0].GetProperty("toolchain").GetString()!;
        if (CrossCompiler.Version() != recorded)
        {
            Assert.Skip($"The committed guests were built by '{recorded}', here is '{CrossCompiler.Version()}'.");
        }

        var output = Path.Combine(Repository.Root, "artifacts", "guests");
        CrossCompiler.Build(Path.Combine(folder, "build.sh"), output);

        foreach (var guest in manifest.EnumerateArray())
        {
            var name = guest.GetProperty("name").GetString()!;
            var built = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(output, name))));
            Assert.True(
                guest.GetProperty("sha256").GetString() == built,
                $"{name} differs from its sources: run guests/build.sh --manifest and commit guests/bin.");
        }
    }
}
