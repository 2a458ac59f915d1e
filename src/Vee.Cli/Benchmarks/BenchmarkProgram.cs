namespace Vee.Cli.Benchmarks;

/// <summary>One program of <c>guests/bench</c> and what was measured of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Guest">The RISC-V executable.</param>
/// <param name="Source">The C source, from which the native program is made.</param>
internal sealed record BenchmarkProgram(string Name, string Guest, string Source)
{
    private const string Solution = "vee-operator.sln";

    /// <summary>Milliseconds, by who ran it; a runner that is not there has no samples.</summary>
    internal Dictionary<Runner, Samples> Milliseconds { get; } =
        Enum.GetValues<Runner>().ToDictionary(runner => runner, _ => new Samples());

    /// <summary>Instructions that the guest retires.</summary>
    internal ulong Instructions { get; set; }

    /// <summary>What went wrong; empty when nothing did.</summary>
    internal string Problem { get; set; } = "";

    /// <summary>The directory of the benchmark programs: in the repository that this program was built in, or in the
    /// one around the working directory.</summary>
    /// <returns>Null when there is none.</returns>
    internal static string? FindDirectory()
    {
        foreach (var start in (string[])[AppContext.BaseDirectory, Directory.GetCurrentDirectory()])
        {
            for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
            {
                var programs = Path.Combine(directory.FullName, "guests", "bench");
                if (File.Exists(Path.Combine(directory.FullName, Solution)) && Directory.Exists(programs))
                {
                    return programs;
                }
            }
        }

        return null;
    }

    /// <summary>The programs that are timed, by name.</summary>
    internal static IReadOnlyList<BenchmarkProgram> List(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "*.c")
            .Order(StringComparer.Ordinal)
            .Select(source => (Source: source, Name: Path.GetFileNameWithoutExtension(source)))
            .Where(program => program.Name != MachineCosts.TouchProgram)
            .Select(program => new BenchmarkProgram(
                program.Name, Path.Combine(directory, "bin", program.Name), program.Source)),
    ];
}

/// <summary>Who runs a program.</summary>
internal enum Runner : byte
{
    /// <summary>The processor, from the same source.</summary>
    Native = 1,

    /// <summary>qemu-riscv64, as a process.</summary>
    Qemu,

    /// <summary>This program, as a process: start-up and compilation of ourselves included.</summary>
    Cold,

    /// <summary>A machine in this process, after one run to warm up.</summary>
    Warm,
}
