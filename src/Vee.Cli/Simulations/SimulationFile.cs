using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Scenarios;
using Vee.Hypervisor.Scenarios.Reading;

namespace Vee.Cli.Simulations;

/// <summary>Scenarios and hardware profiles as files.</summary>
internal static class SimulationFile
{
    /// <summary>Most bytes of a file.</summary>
    internal const int BytesMax = 8 << 20;

    private const string ProfilePrefix = "Hardware.";

    /// <summary>The profiles of config/hardware, which this program carries with it, by name.</summary>
    internal static IReadOnlyDictionary<string, HardwareProfile> Profiles()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var profiles = new Dictionary<string, HardwareProfile>();
        foreach (var name in assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(ProfilePrefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            var tree = YamlTree.Read(reader.ReadToEnd());
            var profile = tree.Value is null
                ? new ReadResult<HardwareProfile>(null, tree.Defects)
                : ScenarioReader.ReadHardware(tree.Value);
            if (profile.Value is not { } hardware || tree.Defects.Count > 0)
            {
                throw new InvalidOperationException(
                    $"{name}: {string.Join("; ", tree.Defects.Concat(profile.Defects))}");
            }

            profiles.Add(hardware.Name, hardware);
        }

        return profiles;
    }

    /// <summary>Reads a scenario from a file's bytes.</summary>
    /// <param name="bytes">What is in the file.</param>
    /// <param name="directory">Where the file is: programs that it names by a path are looked for there.</param>
    internal static ReadResult<Scenario> Read(ReadOnlySpan<byte> bytes, string directory)
    {
        if (bytes.Length > BytesMax)
        {
            return Refused($"the file is larger than {ByteSize.Format(BytesMax)}");
        }

        string text;
        try
        {
            text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)
                .GetString(bytes).TrimStart('\ufeff');
        }
        catch (DecoderFallbackException)
        {
            return Refused("the file is no UTF-8 text");
        }

        var tree = YamlTree.Read(text);
        if (tree.Value is null)
        {
            return new ReadResult<Scenario>(null, tree.Defects);
        }

        var scenario = ScenarioReader.Read(tree.Value, Profiles(), new ProgramFinder(directory).Find);
        return tree.Defects.Count == 0
            ? scenario
            : new ReadResult<Scenario>(null, [.. tree.Defects.Concat(scenario.Defects).OrderBy(d => d.Position)]);
    }

    /// <summary>What tells one file from another.</summary>
    internal static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Reads all of a file, or one byte more than a scenario may have.</summary>
    internal static byte[] ReadBytes(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var bytes = new MemoryStream();
        var part = new byte[64 << 10];
        while (bytes.Length <= BytesMax && stream.Read(part) is > 0 and var count)
        {
            bytes.Write(part, 0, count);
        }

        return bytes.ToArray();
    }

    private static ReadResult<Scenario> Refused(string message) =>
        new(null, [new ScenarioDefect("", default, message)]);
}
