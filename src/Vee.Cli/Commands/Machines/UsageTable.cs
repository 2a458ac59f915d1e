using System.Globalization;
using Vee.Cli.Output;

namespace Vee.Cli.Commands.Machines;

/// <summary>What machines use, as a table for people.</summary>
internal static class UsageTable
{
    private const double BytesPerMebibyte = 1 << 20;
    private const double BytesPerKibibyte = 1 << 10;

    internal static IReadOnlyList<TableColumn<MachineUsage>> Columns { get; } =
    [
        new("NAME", row => row.Name),
        new("HOST", row => row.Host ?? ""),
        new("STATUS", row => row.Status),
        new("VIRTUAL(s)", row => Number(row.VirtualSeconds, "0.0"), IsNumber: true),
        new("SPEED(virtual/wall)", row => Number(row.Speed, "0.00"), IsNumber: true),
        new("LAG(ms)", row => Number(row.LagWallMs, "0"), IsNumber: true),
        new("MIPS", row => Number(row.Mips, "0.0"), IsNumber: true),
        new("CPU(cores)", row => Number(row.CpuCores, "0.00"), IsNumber: true),
        new("RESIDENT(MiB)", row => Number(row.ResidentBytes / BytesPerMebibyte, "0.0"), IsNumber: true),
        new("NET IN(KiB)", row => Number(row.NetworkBytesIn / BytesPerKibibyte, "0.0"), IsNumber: true),
        new("NET OUT(KiB)", row => Number(row.NetworkBytesOut / BytesPerKibibyte, "0.0"), IsNumber: true),
    ];

    private static string Number(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
