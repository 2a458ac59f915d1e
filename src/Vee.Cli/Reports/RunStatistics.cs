using Vee.Cli.Output;
using Vee.Machines.Linux;

namespace Vee.Cli.Reports;

/// <summary>A machine's counters for programs; people get a <see cref="StatisticsTable"/>.</summary>
internal sealed record RunStatistics
{
    public required int Harts { get; init; }

    public required ulong RetiredInstructions { get; init; }

    public required ulong Cycles { get; init; }

    public required double VirtualSeconds { get; init; }

    public required double WallSeconds { get; init; }

    public required long PagesInUse { get; init; }

    public required long RamPages { get; init; }

    public required long BlocksDecoded { get; init; }

    /// <summary>The most frequent first.</summary>
    public required IReadOnlyList<SystemCallCount> SystemCalls { get; init; }

    public required IReadOnlyList<SystemCallCount> UnimplementedCalls { get; init; }

    public required long RefusedForks { get; init; }

    /// <summary>Prints them in the format that was asked for.</summary>
    internal static void Write(TextWriter writer, OutputFormat format, MachineStatistics statistics, TimeSpan wall)
    {
        if (format == OutputFormat.Table)
        {
            StatisticsTable.Write(writer, statistics, wall);
            return;
        }

        DataWriter.Write(writer, format, new RunStatistics
        {
            Harts = statistics.HartCount,
            RetiredInstructions = statistics.Retired,
            Cycles = statistics.Cycles,
            VirtualSeconds = statistics.Now / 1e9,
            WallSeconds = wall.TotalSeconds,
            PagesInUse = statistics.PresentPages,
            RamPages = statistics.RamPages,
            BlocksDecoded = statistics.BlocksDecoded,
            SystemCalls = statistics.SystemCalls,
            UnimplementedCalls = statistics.Unimplemented,
            RefusedForks = statistics.RefusedForks,
        });
    }
}
