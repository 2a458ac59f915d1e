using System.Runtime.InteropServices;

namespace Vee.Cli.Benchmarks;

/// <summary>Where and how was measured.</summary>
internal sealed record BenchmarkEnvironment
{
    /// <summary>Samples of each program and runner.</summary>
    internal required int Runs { get; init; }

    /// <summary>The compiler of native programs; null when there is none.</summary>
    internal required string? Compiler { get; init; }

    internal required string CompilerVersion { get; init; }

    /// <summary>qemu-riscv64; null when it is not installed.</summary>
    internal required string? Emulator { get; init; }

    internal required string EmulatorVersion { get; init; }

    /// <summary>The processor's name, as the operating system has it.</summary>
    internal required string Processor { get; init; }

    /// <summary>When, in UTC.</summary>
    internal required DateTimeOffset Date { get; init; }

    internal int Cores { get; } = Environment.ProcessorCount;

    internal string Runtime { get; } = RuntimeInformation.FrameworkDescription;

    internal string OperatingSystem { get; } = RuntimeInformation.OSDescription;

    internal static BenchmarkEnvironment Look(string? compiler, string? emulator, int runs, TimeProvider time) => new()
    {
        Runs = runs,
        Compiler = compiler,
        CompilerVersion = compiler is null ? "" : Peers.VersionOf(compiler),
        Emulator = emulator,
        EmulatorVersion = emulator is null ? "" : Peers.VersionOf(emulator),
        Processor = ReadProcessor(),
        Date = time.GetUtcNow(),
    };

    private static string ReadProcessor()
    {
        const string description = "/proc/cpuinfo";
        const string field = "model name";
        var line = File.Exists(description)
            ? File.ReadLines(description).FirstOrDefault(text => text.StartsWith(field, StringComparison.Ordinal))
            : null;
        return line is null
            ? $"{RuntimeInformation.ProcessArchitecture}"
            : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
