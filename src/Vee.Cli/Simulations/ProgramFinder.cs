using System.Reflection;
using Vee.Hypervisor.Scenarios;
using Vee.Operator;

namespace Vee.Cli.Simulations;

/// <summary>Finds the programs that scenarios name: those of this program, and files.</summary>
/// <param name="directory">Where paths begin.</param>
internal sealed class ProgramFinder(string directory)
{
    private const string Builtin = "builtin:";
    private const string ResourcePrefix = "Images.";
    private const long BytesMax = 1L << 30;

    // The operator carries them with it; they are not needed twice.
    private static readonly Assembly Carrier = typeof(OperatorServer).Assembly;

    /// <summary>A program by <c>builtin:NAME</c> or its path.</summary>
    internal ProgramLookup Find(string name) =>
        name.StartsWith(Builtin, StringComparison.Ordinal) ? FindBuiltin(name) : FindFile(name);

    private static ProgramLookup FindBuiltin(string name)
    {
        using var stream = Carrier.GetManifestResourceStream(ResourcePrefix + name[Builtin.Length..]);
        if (stream is null)
        {
            var known = Carrier.GetManifestResourceNames()
                .Where(n => n.StartsWith(ResourcePrefix, StringComparison.Ordinal))
                .Select(n => n[ResourcePrefix.Length..]).Order(StringComparer.Ordinal);
            return ProgramLookup.Refused(
                $"there is no builtin program '{Shown(name[Builtin.Length..])}'; there are {string.Join(", ", known)}");
        }

        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return ProgramLookup.Found(new ScenarioProgram(name, bytes.ToArray()));
    }

    private ProgramLookup FindFile(string name)
    {
        try
        {
            var file = new FileInfo(Path.Combine(directory, name));
            if (Directory.Exists(file.FullName))
            {
                return ProgramLookup.Refused($"'{Shown(name)}' is a directory: name a program in it");
            }

            if (!file.Exists)
            {
                return ProgramLookup.Refused(
                    $"there is no file '{Shown(name)}': write a path that begins where the scenario's file is, "
                    + "or builtin:NAME");
            }

            // A pipe or a device has no length, and opening it may wait for ever.
            return file.Length switch
            {
                0 => ProgramLookup.Refused($"'{Shown(name)}' is empty or no file: name a program"),
                > BytesMax => ProgramLookup.Refused($"'{Shown(name)}' is larger than a program may be, 1 GiB"),
                _ => ProgramLookup.Found(new ScenarioProgram(name, File.ReadAllBytes(file.FullName))),
            };
        }
        catch (Exception error) when (
            error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return ProgramLookup.Refused($"'{Shown(name)}' cannot be read: {error.Message}");
        }
    }

    private static string Shown(string name) => Vee.Hypervisor.Scenarios.Reading.ScenarioText.Shown(name);
}
