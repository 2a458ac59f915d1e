namespace Vee.Agent.Storage;

/// <summary>An agent's directory. Nobody else uses it as long as this is not disposed.</summary>
internal sealed class DataDirectory : IDisposable
{
    private const string LockName = "lock";

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

    public void Dispose() => hold.Dispose();
}
