using System.Globalization;
using System.Text.Json;
using Vee.Cli.Output;
using Vee.Cli.Terminals;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scheduling;

namespace Vee.Cli.Benchmarks.Racks;

/// <summary>
/// <c>vee bench rack</c>: how fast hosts are simulated, and what it costs that the hosts of a rack are on two agents.
/// </summary>
internal sealed class RackBenchmark(StandardStreams streams, TimeProvider time)
{
    private const long RackTime = 2 * VirtualTime.Second;
    private const long GuestsTime = 60 * VirtualTime.Second;

    private static readonly long[] LatenciesMicroseconds = [50, 200, 1000];

    /// <summary>Measures and reports.</summary>
    /// <param name="runs">Samples of each thing.</param>
    /// <param name="format">How they are printed.</param>
    /// <param name="jsonPath">Where samples go too; null for nowhere.</param>
    /// <returns>The exit status.</returns>
    internal async Task<int> ExecuteAsync(int runs, OutputFormat format, string? jsonPath)
    {
        if (BenchmarkProgram.FindDirectory() is not { } directory)
        {
            await streams.Error.WriteLineAsync(
                "vee bench rack: guests/bench was not found: run it inside a clone of the repository.");
            return ExitStatus.Failure;
        }

        var streamer = await File.ReadAllBytesAsync(
            Path.GetFullPath(Path.Combine(directory, "..", "bin", "streamer")));
        var guests = MeasureGuests(runs);
        var racks = await MeasureRacksAsync(streamer, runs);
        var environment = BenchmarkEnvironment.Look(compiler: null, emulator: null, runs, time);
        var json = Write(environment, guests, racks);
        if (format == OutputFormat.Table)
        {
            WriteTable(environment, guests, racks);
        }
        else
        {
            using var document = JsonDocument.Parse(json);
            DataWriter.Write(streams.Output, format, document.RootElement);
        }

        return BenchmarkJson.TryWriteFile(streams, "rack", jsonPath, json) ? 0 : ExitStatus.Failure;
    }

    private GuestsResult MeasureGuests(int runs)
    {
        streams.Error.WriteLine("measuring 64 guests on 8 cores");
        var credit = SchedulerKinds.Named("credit")!;
        var host = new Host(
            "host",
            new HardwareProfile { Cores = [new CoreClass { Name = "all", Count = 8 }], MemoryBytes = 1 << 30 },
            credit.Create(credit.Options.ToDictionary(option => option.Name, option => option.Standard)), seed: 1);
        for (var index = 0; index < 64; index++)
        {
            var clients = new JobSource
            {
                Name = "clients",
                Arrivals = new Arrivals.Closed(1, new Distribution.Exponential(35 * VirtualTime.Millisecond)),
                Phases = [new JobPhase.Cpu(new Distribution.Exponential(5 * VirtualTime.Millisecond))],
            };
            host.Add($"guest-{index}", new JobServer(1, [clients]), new GuestShare());
        }

        host.RunUntil(GuestsTime);
        var result = new GuestsResult(new Samples(), new Samples());
        for (var run = 0; run < runs; run++)
        {
            var (start, before) = (time.GetTimestamp(), host.EventCount);
            host.RunUntil(host.Now + GuestsTime);
            var took = time.GetElapsedTime(start);
            result.HourSeconds.Add(took.TotalSeconds * 60);
            result.EventsPerSecond.Add((host.EventCount - before) / took.TotalSeconds);
        }

        return result;
    }

    private async Task<IReadOnlyList<RackResult>> MeasureRacksAsync(byte[] streamer, int runs)
    {
        await using var one = await RackOfAgents.StartAsync(1, time);
        await using var two = await RackOfAgents.StartAsync(2, time);
        var results = new List<RackResult>();
        foreach (var latency in LatenciesMicroseconds)
        {
            await streams.Error.WriteLineAsync(
                string.Create(CultureInfo.InvariantCulture, $"measuring a rack with links of {latency} us"));
            var result = new RackResult(latency, new Samples(), new Samples());
            for (var run = -1; run < runs; run++)
            {
                var alone = await one.SimulateAsync(streamer, latency * VirtualTime.Microsecond, RackTime);
                var apart = await two.SimulateAsync(streamer, latency * VirtualTime.Microsecond, RackTime);
                if (run >= 0)
                {
                    result.OneAgentMs.Add(alone.Took.TotalMilliseconds);
                    result.TwoAgentsMs.Add(apart.Took.TotalMilliseconds);
                    result = result with { Windows = apart.Windows, Events = apart.Events };
                }
            }

            results.Add(result);
        }

        return results;
    }

    private void WriteTable(BenchmarkEnvironment environment, GuestsResult guests, IReadOnlyList<RackResult> racks)
    {
        var text = streams.Output;
        text.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{environment.Processor}, {environment.Cores} cores, {environment.Runtime}, {environment.Runs} runs"));
        text.WriteLine("median (least..most) of wall time\n");
        text.WriteLine("64 guests on 8 cores under credit, one thread");
        text.WriteLine($"  an hour of virtual time    {Range(guests.HourSeconds, 1, "0.0")} s");
        text.WriteLine($"  events                     {Range(guests.EventsPerSecond, 1e-6, "0.0")} million/s\n");
        text.WriteLine("2 s of a rack of two hosts, 2 x 1000 datagrams/s between programs, interleaved\n");
        text.WriteLine(
            "latency us   windows   events/host   one agent ms              two agents ms             x     us/window");
        foreach (var rack in racks)
        {
            text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{rack.LatencyUs,10} {rack.Windows,9} {rack.Events,13}   {Range(rack.OneAgentMs, 1, "0"),-25} "
                + $"{Range(rack.TwoAgentsMs, 1, "0"),-22} {rack.TwoAgentsMs.Median / rack.OneAgentMs.Median,4:0.0} "
                + $"{(rack.TwoAgentsMs.Median - rack.OneAgentMs.Median) * 1000 / rack.Windows,10:0}"));
        }
    }

    private static string Range(Samples samples, double factor, string format)
    {
        string Text(double value) => (value * factor).ToString(format, CultureInfo.InvariantCulture);
        return $"{Text(samples.Median)} ({Text(samples.Min)}..{Text(samples.Max)})";
    }

    private static byte[] Write(
        BenchmarkEnvironment environment, GuestsResult guests, IReadOnlyList<RackResult> racks) =>
        BenchmarkJson.Write(environment, json =>
        {
            json.WriteStartObject("guests");
            BenchmarkJson.WriteSamples(json, "hourWallSeconds", guests.HourSeconds);
            BenchmarkJson.WriteSamples(json, "eventsPerWallSecond", guests.EventsPerSecond);
            json.WriteEndObject();
            json.WriteStartArray("racks");
            foreach (var rack in racks)
            {
                json.WriteStartObject();
                json.WriteNumber("latencyVirtualUs", rack.LatencyUs);
                json.WriteNumber("windows", rack.Windows);
                json.WriteNumber("eventsOfAHost", rack.Events);
                BenchmarkJson.WriteSamples(json, "oneAgentWallMs", rack.OneAgentMs);
                BenchmarkJson.WriteSamples(json, "twoAgentsWallMs", rack.TwoAgentsMs);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    private sealed record GuestsResult(Samples HourSeconds, Samples EventsPerSecond);

    private sealed record RackResult(long LatencyUs, Samples OneAgentMs, Samples TwoAgentsMs)
    {
        internal long Windows { get; init; }

        internal long Events { get; init; }
    }
}
