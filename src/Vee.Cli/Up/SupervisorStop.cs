using System.Runtime.InteropServices;

namespace Vee.Cli.Up;

/// <summary>Asks a supervisor to end, and waits until it has.</summary>
internal static class SupervisorStop
{
    private const int Terminate = 15;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    /// <param name="directory">The directory that it holds.</param>
    /// <param name="process">Its process id: it holds the lock, so the id is still its own.</param>
    /// <param name="time">Measures the wait.</param>
    /// <returns>Whether it has ended.</returns>
    public static async Task<bool> StopAsync(UpDirectory directory, int process, TimeProvider time)
    {
        if (SendSignal(process, Terminate) != 0)
        {
            return !directory.IsLocked();
        }

        var start = time.GetTimestamp();
        while (directory.IsLocked())
        {
            if (time.GetElapsedTime(start) > Timeout)
            {
                return false;
            }

            await Task.Delay(LookAgain, time, CancellationToken.None);
        }

        return true;
    }

    [DllImport("libc", EntryPoint = "kill", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int number);
}
