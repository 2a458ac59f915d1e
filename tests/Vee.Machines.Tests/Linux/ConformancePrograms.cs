using Xunit;

namespace Vee.Machines.Tests.Linux;

/// <summary>The programs of guests/conformance, built once for all tests that run them.</summary>
internal static class ConformancePrograms
{
    private static readonly Lazy<string> Output = new(Build);

    /// <summary>Their sources and manifest.</summary>
    internal static string Folder => Path.Combine(Repository.Root, "guests", "conformance");

    /// <summary>A program's bytes; skips the test where there is no compiler.</summary>
    internal static byte[] Read(string name)
    {
        Assert.SkipWhen(CrossCompiler.Absence is not null, CrossCompiler.Absence ?? "");
        return File.ReadAllBytes(Path.Combine(Output.Value, name));
    }

    private static string Build()
    {
        var output = Path.Combine(Repository.Root, "artifacts", "conformance");
        CrossCompiler.Build(Path.Combine(Folder, "build.sh"), output);
        return output;
    }
}
