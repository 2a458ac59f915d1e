using System.Globalization;
using Vee.Machines.Linux;

namespace Vee.Cli.Reports;

/// <summary>Says what every thread waits for when nothing can come any more.</summary>
internal static class DeadlockReport
{
    private const int ThreadsMax = 20;

    internal static void Write(TextWriter writer, ProcessMachine machine)
    {
        var waiting = machine.ListWaitingThreads();
        var seconds = (machine.Now / 1e9).ToString("F9", CultureInfo.InvariantCulture);
        writer.WriteLine(
            $"vee: deadlock after {seconds} s of virtual time: every thread waits, nothing can wake one.");
        foreach (var thread in waiting.Take(ThreadsMax))
        {
            writer.WriteLine($"  {thread.Describe()}");
        }

        if (waiting.Count > ThreadsMax)
        {
            writer.WriteLine($"  and {waiting.Count - ThreadsMax} more threads");
        }
    }
}
