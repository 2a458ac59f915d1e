using System.Security.Cryptography;
using Vee.ControlPlane.Storage;

namespace Vee.ControlPlane.Security;

/// <summary>Files that only their owner reads.</summary>
internal static class PrivateFile
{
    private const string TokenFile = "admin.token";

    /// <summary>Writes a file as a whole: whoever reads it sees the old or the new text.</summary>
    /// <exception cref="StoreException">The disk is full or failed.</exception>
    internal static void Write(string path, string text)
    {
        var fresh = $"{path}.new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using (var file = new FileStream(fresh, options))
            {
                file.Write(System.Text.Encoding.UTF8.GetBytes(text));
                file.Flush(flushToDisk: true);
            }

            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.Disk, $"{path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>The administrator's token of a data directory, made at the first start.</summary>
    internal static string AdminToken(DataDirectory directory)
    {
        var path = directory.File(TokenFile);
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } kept)
        {
            return kept;
        }

        var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        Write(path, made);
        return made;
    }
}
