using System.Globalization;

namespace Vee.Cli.Tests.Faults;

/// <summary>Says which process has a connection, as Linux tells it.</summary>
internal static class ConnectionOwner
{
    private const int LocalAddress = 1;
    private const int Inode = 9;

    /// <summary>Whether a process has the socket of a local TCP port.</summary>
    internal static bool IsProcess(int processId, int port)
    {
        var sockets = InodesOf(port).Select(inode => $"socket:[{inode}]").ToHashSet(StringComparer.Ordinal);
        try
        {
            return Directory.EnumerateFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/fd"))
                .Any(file => LinkOf(file) is { } link && sockets.Contains(link));
        }
        catch (IOException)
        {
            // It has ended.
            return false;
        }
    }

    private static IEnumerable<string> InodesOf(int port)
    {
        var end = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        return from file in (string[])["/proc/net/tcp", "/proc/net/tcp6"]
               where File.Exists(file)
               from line in File.ReadLines(file).Skip(1)
               let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where fields[LocalAddress].EndsWith(end, StringComparison.Ordinal)
               select fields[Inode];
    }

    private static string? LinkOf(string file)
    {
        try
        {
            return new FileInfo(file).LinkTarget;
        }
        catch (IOException)
        {
            // Closed meanwhile.
            return null;
        }
    }
}
