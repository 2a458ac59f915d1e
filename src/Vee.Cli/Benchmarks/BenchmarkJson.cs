using System.Text.Json;
using Vee.Cli.Terminals;
using Vee.Machines.Memory;

namespace Vee.Cli.Benchmarks;

/// <summary>Measurements with every sample, for programs.</summary>
internal static class BenchmarkJson
{
    internal static byte[] Write(
        BenchmarkEnvironment environment, IReadOnlyList<BenchmarkProgram> programs, MachineCosts costs) =>
        Write(environment, json =>
        {
            json.WriteStartArray("programs");
            foreach (var program in programs)
            {
                WriteProgram(json, program);
            }

            json.WriteEndArray();
            WriteMean(json, "warmOverQemu", BenchmarkTable.MeanRatio(programs, Runner.Warm, Runner.Qemu));
            WriteMean(json, "warmOverNative", BenchmarkTable.MeanRatio(programs, Runner.Warm, Runner.Native));
            WriteCosts(json, costs);
        });

    /// <summary>Writes a document to a file, or says why it cannot.</summary>
    /// <param name="streams">Where it says so.</param>
    /// <param name="benchmark">Which one asks.</param>
    /// <param name="path">The file; null for none.</param>
    /// <param name="content">The document.</param>
    /// <param name="option">Which option names the file.</param>
    internal static bool TryWriteFile(
        StandardStreams streams, string benchmark, string? path, byte[] content, string option = "--json")
    {
        try
        {
            if (path is not null)
            {
                File.WriteAllBytes(path, content);
            }

            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            streams.Error.WriteLine($"vee bench {benchmark}: {option} '{path}' cannot be written: {error.Message}");
            return false;
        }
    }

    /// <summary>A document that begins with where was measured.</summary>
    internal static byte[] Write(BenchmarkEnvironment environment, Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            WriteEnvironment(json, environment);
            write(json);
            json.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void WriteEnvironment(Utf8JsonWriter json, BenchmarkEnvironment environment)
    {
        json.WriteString("dateUtc", environment.Date.UtcDateTime);
        json.WriteString("processor", environment.Processor);
        json.WriteNumber("cores", environment.Cores);
        json.WriteString("operatingSystem", environment.OperatingSystem);
        json.WriteString("runtime", environment.Runtime);
        json.WriteString("nativeCompiler", environment.Compiler is null ? null : environment.CompilerVersion);
        json.WriteString("qemu", environment.Emulator is null ? null : environment.EmulatorVersion);
        json.WriteNumber("runs", environment.Runs);
    }

    private static void WriteProgram(Utf8JsonWriter json, BenchmarkProgram program)
    {
        json.WriteStartObject();
        json.WriteString("name", program.Name);
        json.WriteNumber("instructions", program.Instructions);
        json.WriteString("problem", program.Problem);
        foreach (var (runner, samples) in program.Milliseconds)
        {
            WriteSamples(json, $"{runner.ToString().ToLowerInvariant()}WallMs", samples);
        }

        json.WriteEndObject();
    }

    private static void WriteCosts(Utf8JsonWriter json, MachineCosts costs)
    {
        json.WriteStartObject("machine");
        WriteSamples(json, "creationWallUs", costs.CreationMicroseconds);
        WriteSamples(json, "overheadBytes", costs.OverheadBytes);
        WriteSamples(json, "saveWallMs", costs.SaveMilliseconds);
        WriteSamples(json, "restoreWallMs", costs.RestoreMilliseconds);
        json.WriteNumber("stateBytes", costs.StateBytes);
        json.WriteNumber("touchedBytes", costs.TouchedPages * PageNumber.Bytes);
        json.WriteString("problem", costs.Problem);
        json.WriteEndObject();
    }

    internal static void WriteSamples(Utf8JsonWriter json, string name, Samples samples)
    {
        if (samples.Count == 0)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("median", Rounded(samples.Median));
        json.WriteNumber("min", Rounded(samples.Min));
        json.WriteNumber("max", Rounded(samples.Max));
        json.WriteStartArray("samples");
        foreach (var value in samples.Values)
        {
            json.WriteNumberValue(Rounded(value));
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteMean(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } mean)
        {
            json.WriteNumber(name, Rounded(mean));
        }
        else
        {
            json.WriteNull(name);
        }
    }

    // A microsecond of a millisecond is below what is measured.
    private static double Rounded(double value) => Math.Round(value, 3);
}
