namespace Vee.ControlPlane.Storage;

/// <summary>The directory that one server owns while it runs.</summary>
/// <remarks>The lock belongs to the open file, so the kernel lifts it however the process ends.</remarks>
internal sealed class DataDirectory : IDisposable
{
    private readonly FileStream heldLock;

    private DataDirectory(string path, FileStream heldLock)
    {
        Path = path;
        this.heldLock = heldLock;
    }

    /// <summary>The absolute path.</summary>
    internal string Path { get; }

    /// <summary>Creates the directory if it is not there and takes it.</summary>
    /// <exception cref="StoreException">Another server has it, or it cannot be used.</exception>
    internal static DataDirectory Take(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            // Keys and secrets live here, so nobody else reads it.
            if (!Directory.Exists(full))
            {
                _ = OperatingSystem.IsWindows()
                    ? Directory.CreateDirectory(full)
                    : Directory.CreateDirectory(
                        full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.Disk, $"{full} cannot be made: {e.Message}", e);
        }

        try
        {
            return new(full, new FileStream(
                System.IO.Path.Combine(full, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException(StoreFault.Disk, $"{full} cannot be written: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new StoreException(
                StoreFault.InUse, $"another control plane uses {full}: stop it, or choose another directory", e);
        }
    }

    /// <summary>The absolute path of a file in the directory.</summary>
    internal string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => heldLock.Dispose();
}
