using Vee.Cli.Files;
using Vee.Machines.Linux;
using Vee.Machines.Linux.Files;

namespace Vee.Cli.Running;

/// <summary>Why a program could not be started.</summary>
/// <param name="Status">The exit status that says so.</param>
/// <param name="Message">One line for the user.</param>
internal sealed record StartFailure(int Status, string Message);

/// <summary>A program's bytes and where the guest believes them to be.</summary>
/// <param name="Bytes">The whole file.</param>
/// <param name="GuestPath">An absolute path, in the guest's form.</param>
internal sealed record ProgramFile(byte[] Bytes, string GuestPath)
{
    /// <summary>Programs are kept in memory as a whole, so there is a limit.</summary>
    private const long BytesMax = 1L << 30;

    /// <summary>Finds and reads a program.</summary>
    /// <param name="path">
    /// PROGRAM as typed, in the guest's form: inside the root if there is one and it has it, else a host path.
    /// </param>
    /// <param name="root">The guest's root, or null.</param>
    /// <param name="failure">Why it cannot be read; null when it was.</param>
    internal static ProgramFile? TryLoad(string path, HostDirectory? root, out StartFailure? failure)
    {
        failure = null;
        var typed = GuestText.ToHost(path);
        if (root is not null && RootedPath.TryResolve(root, path, out var inside) && inside.Length != 0)
        {
            // What is empty there may be a pipe or a device, which opening would wait for.
            return root.Find(inside) is { Type: HostEntryType.File, Size: 0 }
                ? new ProgramFile([], $"/{inside}")
                : TryRead(root.FullPathOf(inside), $"/{inside}", typed, out failure);
        }

        if (!GuestText.IsUtf8(path))
        {
            failure = new StartFailure(
                ExitStatus.CannotRun, $"'{typed}' cannot be opened, because its name is not UTF-8: make a link to it.");
            return null;
        }

        if (typed.Length == 0 || !Path.Exists(typed))
        {
            var where = root is null ? "" : $" in '{root.Name}' nor on this computer";
            failure = new StartFailure(
                ExitStatus.NotFound, $"'{typed}' was not found{where}: check the path of PROGRAM.");
            return null;
        }

        return TryRead(typed, GuestText.FromHost(Path.GetFullPath(typed)), typed, out failure);
    }

    private static ProgramFile? TryRead(string hostPath, string guestPath, string typed, out StartFailure? failure)
    {
        failure = null;
        if (Directory.Exists(hostPath))
        {
            failure = new StartFailure(ExitStatus.CannotRun, $"'{typed}' is a directory, not a program.");
            return null;
        }

        try
        {
            using var file = new FileStream(hostPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
            var bytes = new MemoryStream();
            var buffer = new byte[1 << 20];
            int count;
            while ((count = file.Read(buffer)) > 0)
            {
                if (bytes.Length + count > BytesMax)
                {
                    failure = new StartFailure(
                        ExitStatus.CannotRun, $"'{typed}' is larger than 1 GiB, more than a program may be.");
                    return null;
                }

                bytes.Write(buffer, 0, count);
            }

            return new ProgramFile(bytes.ToArray(), guestPath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            failure = new StartFailure(ExitStatus.CannotRun, $"'{typed}' cannot be read: {error.Message}");
            return null;
        }
    }
}
