using System.Diagnostics;

namespace Vee.Machines.Tests.Execution.Differential;

/// <summary>Runs executables under qemu's user-mode emulation.</summary>
internal static class Qemu
{
    private const string Program = "qemu-riscv64";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>The installed program, or null.</summary>
    internal static string? Path { get; } = Environment.GetEnvironmentVariable("PATH")?
        .Split(System.IO.Path.PathSeparator)
        .Select(directory => System.IO.Path.Combine(directory, Program))
        .FirstOrDefault(File.Exists);

    /// <summary>What an executable writes to its output.</summary>
    /// <returns>Null when it did not end by itself with exit code 0.</returns>
    internal static async Task<byte[]?> RunAsync(byte[] executable, CancellationToken cancellationToken)
    {
        var file = System.IO.Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, executable, cancellationToken);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            }

            var start = new ProcessStartInfo(Path!, [file])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            using var process = Process.Start(start)!;
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(Timeout);
            try
            {
                using var output = new MemoryStream();
                await process.StandardOutput.BaseStream.CopyToAsync(output, timeout.Token);
                await process.WaitForExitAsync(timeout.Token);
                return process.ExitCode == 0 ? output.ToArray() : null;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                process.Kill();
                return null;
            }
        }
        finally
        {
            File.Delete(file);
        }
    }
}
