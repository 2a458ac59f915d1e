using System.Text.Json;
using Vee.Cli.Output;
using Vee.Cli.Terminals;

namespace Vee.Cli.Benchmarks;

/// <summary>
/// <c>vee bench machine</c>: the same programs natively, in qemu-riscv64 and here, in turn, so that whatever else the
/// computer does falls on all of them alike.
/// </summary>
internal sealed class MachineBenchmark(StandardStreams streams, TimeProvider time)
{
    private const string Emulator = "qemu-riscv64";
    private const string Compiler = "cc";

    /// <summary>Measures and reports.</summary>
    /// <param name="runs">Samples of each program and runner.</param>
    /// <param name="format">How they are printed.</param>
    /// <param name="jsonPath">Where samples go too; null for nowhere.</param>
    /// <returns>The exit status: 0 when every output was right.</returns>
    internal int Execute(int runs, OutputFormat format, string? jsonPath)
    {
        var directory = BenchmarkProgram.FindDirectory();
        if (directory is null)
        {
            streams.Error.WriteLine(
                "vee bench machine: guests/bench was not found: run it inside a clone of the repository.");
            return ExitStatus.Failure;
        }

        var programs = BenchmarkProgram.List(directory);
        if (programs.FirstOrDefault(program => !File.Exists(program.Guest)) is { } missing)
        {
            streams.Error.WriteLine($"vee bench machine: '{missing.Guest}' was not found: run guests/bench/build.sh.");
            return ExitStatus.Failure;
        }

        var workshop = Directory.CreateTempSubdirectory("vee-bench-");
        try
        {
            var environment = BenchmarkEnvironment.Look(Peers.Find(Compiler), Peers.Find(Emulator), runs, time);
            BuildNative(programs, environment, workshop.FullName);
            foreach (var program in programs)
            {
                Measure(program, environment, workshop.FullName);
            }

            var costs = new MachineCosts(time);
            var touch = Path.Combine(directory, "bin", MachineCosts.TouchProgram);
            costs.Measure(File.ReadAllBytes(programs[0].Guest), File.ReadAllBytes(touch), runs);
            var json = BenchmarkJson.Write(environment, programs, costs);
            if (format == OutputFormat.Table)
            {
                BenchmarkTable.Write(streams.Output, environment, programs, costs);
            }
            else
            {
                using var document = JsonDocument.Parse(json);
                DataWriter.Write(streams.Output, format, document.RootElement);
            }

            var isRight = costs.Problem.Length == 0 && programs.All(program => program.Problem.Length == 0);
            return BenchmarkJson.TryWriteFile(streams, "machine", jsonPath, json) && isRight ? 0 : ExitStatus.Failure;
        }
        finally
        {
            workshop.Delete(recursive: true);
        }
    }

    private void BuildNative(
        IReadOnlyList<BenchmarkProgram> programs, BenchmarkEnvironment environment, string workshop)
    {
        if (environment.Compiler is not { } compiler)
        {
            return;
        }

        foreach (var program in programs)
        {
            var native = Path.Combine(workshop, program.Name);
            if (Peers.Run(time, compiler, "-std=gnu17", "-O2", "-o", native, program.Source).Status != 0)
            {
                streams.Error.WriteLine($"vee bench machine: {compiler} could not build {program.Name}.");
            }
        }
    }

    private void Measure(BenchmarkProgram program, BenchmarkEnvironment environment, string workshop)
    {
        streams.Error.WriteLine($"measuring {program.Name}");
        var native = Path.Combine(workshop, program.Name);
        var ourselves = Peers.Ourselves();
        var guest = File.ReadAllBytes(program.Guest);
        var expected = RunWarm(program, guest);
        program.Milliseconds[Runner.Warm].Clear();
        for (var run = 0; run < environment.Runs && program.Problem.Length == 0; run++)
        {
            if (File.Exists(native))
            {
                RunProcess(program, Runner.Native, expected, native);
            }

            if (environment.Emulator is { } emulator)
            {
                RunProcess(program, Runner.Qemu, expected, emulator, program.Guest);
            }

            RunProcess(program, Runner.Cold, expected, ourselves[0], [.. ourselves.Skip(1), "run", program.Guest]);
            RunWarm(program, guest);
        }
    }

    private string RunWarm(BenchmarkProgram program, byte[] guest)
    {
        using var machine = WarmMachine.Create(guest);
        var start = time.GetTimestamp();
        var status = machine.Run();
        program.Milliseconds[Runner.Warm].Add(time.GetElapsedTime(start).TotalMilliseconds);
        program.Instructions = machine.Machine.ReadStatistics().Retired;
        if (status != 0)
        {
            program.Problem = status is null ? "waits for ever" : $"exit status {status}";
        }

        return machine.Output;
    }

    private void RunProcess(
        BenchmarkProgram program, Runner runner, string expected, string path, params IReadOnlyList<string> arguments)
    {
        var result = Peers.Run(time, path, arguments);
        program.Milliseconds[runner].Add(result.Milliseconds);
        if (result.Status != 0 || result.Output != expected)
        {
            program.Problem = $"{runner} printed '{result.Output.Trim()}' with status {result.Status}, "
                + $"here it was '{expected.Trim()}'";
        }
    }
}
