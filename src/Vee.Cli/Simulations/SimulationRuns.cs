using System.Globalization;
using System.Runtime.ExceptionServices;
using Vee.Hypervisor.Scenarios;

namespace Vee.Cli.Simulations;

/// <summary>Runs a scenario once for each seed, on all processors: runs have nothing to do with one another.</summary>
internal static class SimulationRuns
{
    private const int MachinesAtOnceMax = 256;

    /// <summary>Runs it.</summary>
    /// <param name="scenario">What is simulated.</param>
    /// <param name="seeds">Each gives a run.</param>
    /// <param name="progress">Is told the share of all that is done, by one thread at a time; null for nobody.</param>
    /// <returns>A result for each seed, in their order.</returns>
    /// <exception cref="ConservationException">This program is wrong.</exception>
    /// <exception cref="ScenarioOverloadException">A guest gets much more work than it can do.</exception>
    internal static IReadOnlyList<SimulationResult> Execute(
        Scenario scenario, IReadOnlyList<ulong> seeds, Action<double>? progress)
    {
        var results = new SimulationResult?[seeds.Count];
        var failures = new ExceptionDispatchInfo?[seeds.Count];
        var shares = new double[seeds.Count];
        var gate = new Lock();
        using var stop = new CancellationTokenSource();
        // Each machine reserves up to 256 GiB of addresses, of which a process has 128 TiB.
        var atOnce = Math.Max(1, MachinesAtOnceMax / Math.Max(1, scenario.MachineCount));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Min(atOnce, Environment.ProcessorCount) };
        Parallel.For(0, seeds.Count, parallel, index =>
        {
            if (stop.IsCancellationRequested)
            {
                return;
            }

            try
            {
                results[index] = ScenarioRun.Execute(
                    scenario, seeds[index], progress is null ? null : share => Report(index, share), stop.Token);
            }
            catch (OperationCanceledException)
            {
                // Another run has failed.
            }
            catch (Exception failure) when (failure is ConservationException or ScenarioOverloadException)
            {
                failures[index] = ExceptionDispatchInfo.Capture(failure);
                stop.Cancel();
            }
        });
        failures.FirstOrDefault(failure => failure is not null)?.Throw();
        return [.. results.OfType<SimulationResult>()];

        void Report(int index, double share)
        {
            lock (gate)
            {
                shares[index] = share;
                progress!(shares.Sum() / shares.Length);
            }
        }
    }
}

/// <summary>Says on a terminal how far the runs are.</summary>
internal sealed class SimulationProgress(TextWriter terminal, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private long shownAt = time.GetTimestamp();
    private int width;

    /// <summary>Shows the share that is done, unless it was shown just now.</summary>
    internal void Show(double share)
    {
        if (time.GetElapsedTime(shownAt) >= Interval)
        {
            shownAt = time.GetTimestamp();
            Write(string.Create(CultureInfo.InvariantCulture, $"simulated {share * 100:0} %"));
        }
    }

    /// <summary>Leaves an empty line.</summary>
    internal void Clear()
    {
        if (width > 0)
        {
            Write("");
            terminal.Write('\r');
        }
    }

    private void Write(string text)
    {
        terminal.Write($"\r{text.PadRight(width)}");
        width = text.Length;
    }
}
