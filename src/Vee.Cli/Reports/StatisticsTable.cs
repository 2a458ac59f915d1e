using System.Globalization;
using Vee.Machines.Linux;
using Vee.Machines.Memory;

namespace Vee.Cli.Reports;

/// <summary>A machine's counters as a table of names and aligned values.</summary>
internal static class StatisticsTable
{
    private const int NameWidth = 26;
    private const int ValueWidth = 18;

    internal static void Write(TextWriter writer, MachineStatistics statistics, TimeSpan wall)
    {
        var ramBytes = statistics.RamPages * PageNumber.Bytes;
        var presentBytes = statistics.PresentPages * PageNumber.Bytes;
        Row(writer, "harts", Number(statistics.HartCount));
        Row(writer, "retired instructions", Number(statistics.Retired));
        Row(writer, "cycles", Number(statistics.Cycles));
        Row(writer, "virtual time", Seconds(statistics.Now / 1e9, 9));
        Row(writer, "wall time", Seconds(wall.TotalSeconds, 3));
        Row(writer, "speed", Speed(statistics.Retired, wall), "million instructions per second");
        Row(writer, "pages in use", Number(statistics.PresentPages),
            $"of {Number(statistics.RamPages)} ({ByteSize.Format(presentBytes)} of {ByteSize.Format(ramBytes)})");
        Row(writer, "blocks decoded", Number(statistics.BlocksDecoded));
        Calls(writer, "system calls", statistics.SystemCalls);
        Calls(writer, "unimplemented calls", statistics.Unimplemented);
        if (statistics.RefusedForks != 0)
        {
            Row(writer, "refused forks", Number(statistics.RefusedForks));
            writer.WriteLine("  A process machine runs one process: creating another one fails with ENOSYS.");
        }
    }

    private static void Calls(TextWriter writer, string name, IReadOnlyList<SystemCallCount> calls)
    {
        Row(writer, name, Number(calls.Sum(call => call.Count)));
        foreach (var call in calls)
        {
            Row(writer, $"  {call.Name}", Number(call.Count));
        }
    }

    private static void Row(TextWriter writer, string name, string value, string unit = "") =>
        writer.WriteLine($"{name.PadRight(NameWidth)}{value.PadLeft(ValueWidth)} {unit}".TrimEnd());

    private static string Number(IFormattable value) => value.ToString("#,##0", CultureInfo.InvariantCulture);

    private static string Seconds(double seconds, int digits) =>
        $"{seconds.ToString($"F{digits}", CultureInfo.InvariantCulture)} s";

    private static string Speed(ulong retired, TimeSpan wall) =>
        wall > TimeSpan.Zero
            ? (retired / wall.TotalSeconds / 1e6).ToString("F1", CultureInfo.InvariantCulture)
            : "-";
}
