using System.Globalization;
using System.Text.Json;
using Vee.Cli.Output;
using Vee.Cli.Terminals;

namespace Vee.Cli.Benchmarks.Pages;

/// <summary><c>vee bench pages</c>: what codecs make of pages, and how long they take.</summary>
internal sealed class PageBenchmark(StandardStreams streams, TimeProvider time)
{
    // The runtime compiles what is called often a second time, in the background, and what it measured meanwhile is
    // not what a migration sees.
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);

    /// <summary>Measures and reports.</summary>
    /// <param name="pairs">Files of pages, beside the patterns.</param>
    /// <param name="withGuests">Whether pages of guests are measured too.</param>
    /// <param name="runs">Samples of each thing.</param>
    /// <param name="format">How they are printed.</param>
    /// <param name="jsonPath">Where samples go too; null for nowhere.</param>
    /// <returns>The exit status.</returns>
    internal int Execute(
        IReadOnlyList<string> pairs, bool withGuests, int runs, OutputFormat format, string? jsonPath)
    {
        var files = new List<PageSet>();
        foreach (var path in pairs)
        {
            try
            {
                files.Add(PageSet.Read(path));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                streams.Error.WriteLine($"vee bench pages: --pairs '{path}' cannot be read: {error.Message}");
                return ExitStatus.Usage;
            }
        }

        var clock = MeasureClock();
        var results = new List<PageResult>();
        foreach (var set in files.Concat(withGuests ? GuestPages.Record() : []).Concat(PageSet.Synthetic()))
        {
            streams.Error.WriteLine($"measuring {set.Name} ({set.Place})");
            results.AddRange(Measure(set, runs, clock));
        }

        var environment = BenchmarkEnvironment.Look(compiler: null, emulator: null, runs, time);
        var json = Write(environment, clock, results);
        if (format == OutputFormat.Table)
        {
            WriteTable(environment, results);
        }
        else
        {
            using var document = JsonDocument.Parse(json);
            DataWriter.Write(streams.Output, format, document.RootElement);
        }

        return BenchmarkJson.TryWriteFile(streams, "pages", jsonPath, json) ? 0 : ExitStatus.Failure;
    }

    private PageResult[] Measure(PageSet set, int runs, double clock)
    {
        var contenders = PageContender.All();
        var results = contenders.Select(contender => new PageResult(set, contender.Name)).ToArray();
        var (encode, decode) = (new double[set.Count], new double[set.Count]);
        foreach (var contender in contenders)
        {
            var start = time.GetTimestamp();
            do
            {
                contender.Run(set, time, encode, decode);
            }
            while (time.GetElapsedTime(start) < WarmUp);
        }

        for (var run = 0; run < runs; run++)
        {
            foreach (var (contender, result) in contenders.Zip(results))
            {
                // What comes before is another codec's: the first pass brings the pages back to where they belong.
                if (set.Place != "DRAM")
                {
                    contender.Run(set, time, encode, decode);
                }

                result.Bytes = contender.Run(set, time, encode, decode) / (double)set.Count;
                result.Encode.Add(encode, clock);
                result.Decode.Add(decode, clock);
            }
        }

        foreach (var contender in contenders)
        {
            contender.Dispose();
        }

        return results;
    }

    private double MeasureClock()
    {
        var nanoseconds = new double[100_000];
        for (var index = 0; index < nanoseconds.Length; index++)
        {
            var start = time.GetTimestamp();
            nanoseconds[index] = PageTimes.Since(time, start);
        }

        Array.Sort(nanoseconds);
        return nanoseconds[nanoseconds.Length / 2];
    }

    private void WriteTable(BenchmarkEnvironment environment, IReadOnlyList<PageResult> results)
    {
        var text = streams.Output;
        text.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{environment.Processor}, {environment.Cores} cores, {environment.Runtime}, {environment.Runs} runs"));
        text.WriteLine("ns of a page: half (least..most of the runs), 99 of 100; GB/s of pages in the best run");
        foreach (var set in results.GroupBy(result => result.Set))
        {
            text.WriteLine($"\n{$"{set.Key.Name}, {set.Key.Place}",-26}   bytes   encode half"
                + "               99 %   GB/s   decode half               99 %");
            foreach (var result in set)
            {
                text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  {result.Codec,-24} {result.Bytes,7:0.0}   {Range(result.Encode.Median),-22} "
                    + $"{result.Encode.Tail.Median,7:0} {4096 / result.Encode.Mean.Min,6:0.0}   "
                    + $"{Range(result.Decode.Median),-22} {result.Decode.Tail.Median,7:0}"));
            }
        }
    }

    private static string Range(Samples samples) => string.Create(
        CultureInfo.InvariantCulture, $"{samples.Median:0} ({samples.Min:0}..{samples.Max:0})");

    private static byte[] Write(
        BenchmarkEnvironment environment, double clock, IReadOnlyList<PageResult> results) =>
        BenchmarkJson.Write(environment, json =>
        {
            json.WriteNumber("clockWallNs", clock);
            json.WriteStartArray("results");
            foreach (var result in results)
            {
                json.WriteStartObject();
                json.WriteString("pages", result.Set.Name);
                json.WriteString("place", result.Set.Place);
                json.WriteNumber("count", result.Set.Count);
                json.WriteString("codec", result.Codec);
                json.WriteNumber("bytesPerPage", Math.Round(result.Bytes, 3));
                BenchmarkJson.WriteSamples(json, "encodeWallNsHalf", result.Encode.Median);
                BenchmarkJson.WriteSamples(json, "encodeWallNs99", result.Encode.Tail);
                BenchmarkJson.WriteSamples(json, "encodeWallNsMean", result.Encode.Mean);
                BenchmarkJson.WriteSamples(json, "decodeWallNsHalf", result.Decode.Median);
                BenchmarkJson.WriteSamples(json, "decodeWallNs99", result.Decode.Tail);
                BenchmarkJson.WriteSamples(json, "decodeWallNsMean", result.Decode.Mean);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
}
