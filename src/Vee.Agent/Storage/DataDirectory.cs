using System.Security.Cryptography;
using System.Text;
using Vee.Protocol;

namespace Vee.Agent.Storage;

/// <summary>An agent's directory. Nobody else uses it as long as this is not disposed.</summary>
internal sealed class DataDirectory : IDisposable
{
    private const string LockName = "lock";
    private const string StartsName = "starts";
    private const int IdBytes = 8;

    private readonly FileStream hold;

    private DataDirectory(string path, FileStream hold)
    {
        Path = path;
        this.hold = hold;
    }

    internal string Path { get; }

    /// <summary>Makes the directory if it is missing and takes it.</summary>
    /// <exception cref="AgentStartException">Another agent has it, or it cannot be written.</exception>
    internal static DataDirectory Open(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new AgentStartException($"The data directory '{path}' cannot be made: {error.Message}", error);
        }

        var file = System.IO.Path.Combine(path, LockName);
        try
        {
            // The lock goes with the process, however it ends, so the file may stay.
            return new DataDirectory(
                path, new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error) when (File.Exists(file))
        {
            throw new AgentStartException(
                $"The data directory '{path}' is in use: another agent runs with it.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new AgentStartException($"The data directory '{path}' cannot be used: {error.Message}", error);
        }
    }

    /// <summary>Counts this start, and makes sure that the count is on disk before anybody hears of it.</summary>
    /// <param name="random">Names a directory that has no name yet, or whose count is damaged: it proves nothing of
    /// the starts before.</param>
    /// <exception cref="AgentStartException">It cannot be written.</exception>
    internal Incarnation Begin(RandomNumberGenerator random)
    {
        var file = System.IO.Path.Combine(Path, StartsName);
        try
        {
            var before = File.Exists(file) ? Incarnation.TryParse(File.ReadAllText(file).TrimEnd()) : null;
            var now = before is { } known ? known with { Start = known.Start + 1 } : new Incarnation(NewId(random), 1);
            // In its place, in one write: that needs no room on a full disk, and a torn count is as good as none.
            using var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write);
            stream.Write(Encoding.ASCII.GetBytes($"{now}\n"));
            stream.Flush(flushToDisk: true);
            return now;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new AgentStartException($"The data directory '{Path}' cannot be written: {error.Message}", error);
        }
    }

    public void Dispose() => hold.Dispose();

    private static string NewId(RandomNumberGenerator random)
    {
        var bytes = new byte[IdBytes];
        random.GetBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
