using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>The processes that a test has started, found by arguments that hold its data directory.</summary>
internal static class OwnProcesses
{
    /// <summary>kill -9 of the one process of ours with these arguments.</summary>
    internal static void Kill(string arguments)
    {
        var found = Find(arguments);
        Assert.True(found.Count > 0, $"no process has the arguments {arguments}");
        using var process = Process.GetProcessById(found[0]);
        process.Kill();
    }

    /// <summary>The ids of all processes whose command line has these arguments.</summary>
    internal static IReadOnlyList<int> Find(string arguments) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Where(d => TryReadCommand(d)?.Contains(arguments, StringComparison.Ordinal) == true)
            .Select(d => int.Parse(Path.GetFileName(d), CultureInfo.InvariantCulture)),
    ];

    private static string? TryReadCommand(string directory)
    {
        if (!char.IsAsciiDigit(Path.GetFileName(directory)[0]))
        {
            return null;
        }

        try
        {
            return File.ReadAllText(Path.Combine(directory, "cmdline")).Replace('\0', ' ');
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return null;
        }
    }
}
