using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>The processes that a test has started, found by arguments that hold its data directory.</summary>
internal static class OwnProcesses
{
    /// <summary>kill -9 of the one process of ours whose command line has all of these.</summary>
    internal static void Kill(params string[] arguments)
    {
        var found = Find(arguments);
        Assert.True(found.Count == 1, $"{found.Count} processes have the arguments {string.Join(" and ", arguments)}");
        using var process = Process.GetProcessById(found[0]);
        process.Kill();
    }

    /// <summary>The ids of all processes whose command line has all of these.</summary>
    internal static IReadOnlyList<int> Find(params string[] arguments) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Where(d => TryReadCommand(d) is { } command
                && arguments.All(a => command.Contains(a, StringComparison.Ordinal)))
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
