using System.Globalization;
using Vee.Machines.Memory;

namespace Vee.Cli.Benchmarks;

/// <summary>Measurements as text for people.</summary>
internal static class BenchmarkTable
{
    private const int NameWidth = 11;
    private const int CountWidth = 14;
    private const int TimeWidth = 24;
    private const int RatioWidth = 10;

    internal static void Write(
        TextWriter writer,
        BenchmarkEnvironment environment,
        IReadOnlyList<BenchmarkProgram> programs,
        MachineCosts costs)
    {
        writer.WriteLine(string.Join(
            ", ",
            environment.Processor,
            $"{environment.Cores} cores",
            environment.OperatingSystem,
            environment.Runtime));
        writer.WriteLine(environment.Compiler is null
            ? "native  no C compiler (cc) is installed, so nothing is compared with it"
            : $"native  built with -O2 by {environment.CompilerVersion}");
        writer.WriteLine(environment.Emulator is null
            ? "qemu    qemu-riscv64 is not installed, so nothing is compared with it"
            : $"qemu    {environment.EmulatorVersion}");
        writer.WriteLine("cold    vee run, the whole process      warm    a machine in this process, second run on");
        writer.WriteLine($"Milliseconds of wall time: median (least..most) of {environment.Runs} interleaved runs. "
            + "MIPS is million guest instructions per second, warm.");
        writer.WriteLine();
        WriteHeader(writer);
        foreach (var program in programs)
        {
            WriteProgram(writer, program);
        }

        WriteMeans(writer, programs);
        WriteCosts(writer, costs);
    }

    /// <summary>The geometric mean of the ratios of two runners' medians; null when one has no samples.</summary>
    internal static double? MeanRatio(IReadOnlyList<BenchmarkProgram> programs, Runner over, Runner under)
    {
        var ratios = programs.Select(program => Ratio(program, over, under)).OfType<double>().ToArray();
        return ratios.Length == 0 ? null : Math.Exp(ratios.Average(Math.Log));
    }

    private static double? Ratio(BenchmarkProgram program, Runner over, Runner under)
    {
        var (left, right) = (program.Milliseconds[over], program.Milliseconds[under]);
        return left.Count == 0 || right.Count == 0 ? null : left.Median / right.Median;
    }

    private static void WriteHeader(TextWriter writer) => writer.WriteLine(string.Concat(
        "program".PadRight(NameWidth),
        "instructions".PadLeft(CountWidth),
        "native".PadLeft(TimeWidth),
        "qemu".PadLeft(TimeWidth),
        "cold".PadLeft(TimeWidth),
        "warm".PadLeft(TimeWidth),
        "MIPS".PadLeft(RatioWidth),
        "x qemu".PadLeft(RatioWidth),
        "x native".PadLeft(RatioWidth)));

    private static void WriteProgram(TextWriter writer, BenchmarkProgram program)
    {
        var times = program.Milliseconds;
        var mips = times[Runner.Warm].Count == 0
            ? (double?)null
            : program.Instructions / times[Runner.Warm].Median / 1e3;
        writer.WriteLine(string.Concat(
            program.Name.PadRight(NameWidth),
            program.Instructions.ToString("#,##0", CultureInfo.InvariantCulture).PadLeft(CountWidth),
            Time(times[Runner.Native]),
            Time(times[Runner.Qemu]),
            Time(times[Runner.Cold]),
            Time(times[Runner.Warm]),
            Number(mips, "F1"),
            Number(Ratio(program, Runner.Warm, Runner.Qemu), "F2"),
            Number(Ratio(program, Runner.Warm, Runner.Native), "F1")));
        if (program.Problem.Length != 0)
        {
            writer.WriteLine($"  failed: {program.Problem}");
        }
    }

    private static void WriteMeans(TextWriter writer, IReadOnlyList<BenchmarkProgram> programs) =>
        writer.WriteLine(string.Concat(
            "geometric mean of the ratios".PadRight(NameWidth + CountWidth + (4 * TimeWidth) + RatioWidth),
            Number(MeanRatio(programs, Runner.Warm, Runner.Qemu), "F2"),
            Number(MeanRatio(programs, Runner.Warm, Runner.Native), "F1")));

    private static void WriteCosts(TextWriter writer, MachineCosts costs)
    {
        writer.WriteLine();
        writer.WriteLine($"create and dispose a machine of 256 MiB   {Cell(costs.CreationMicroseconds, "F0")} us");
        writer.WriteLine($"resident beyond what the guest touched    {Cell(costs.OverheadBytes, "#,##0")} bytes");
        if (costs.SaveMilliseconds.Count != 0)
        {
            var touched = ByteSize.Format(costs.TouchedPages * PageNumber.Bytes);
            writer.WriteLine($"save a machine of 256 MiB, {touched} touched   {Cell(costs.SaveMilliseconds, "F1")} ms, "
                + $"{ByteSize.Format(costs.StateBytes)}");
            writer.WriteLine($"restore it                                {Cell(costs.RestoreMilliseconds, "F1")} ms");
        }

        if (costs.Problem.Length != 0)
        {
            writer.WriteLine($"  failed: {costs.Problem}");
        }
    }

    private static string Time(Samples samples) => (samples.Count == 0 ? "-" : Cell(samples, "F1")).PadLeft(TimeWidth);

    private static string Cell(Samples samples, string format) => samples.Count == 0
        ? "-"
        : $"{Text(samples.Median, format)} ({Text(samples.Min, format)}..{Text(samples.Max, format)})";

    private static string Number(double? value, string format) =>
        (value is { } number ? Text(number, format) : "-").PadLeft(RatioWidth);

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
