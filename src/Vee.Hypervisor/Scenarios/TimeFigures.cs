using Vee.Hypervisor.Events;
using Vee.Hypervisor.Measuring;

namespace Vee.Hypervisor.Scenarios;

/// <summary>Virtual times as figures.</summary>
internal static class TimeFigures
{
    /// <summary>Milliseconds of nanoseconds.</summary>
    public static double Ms(double nanoseconds) => nanoseconds / VirtualTime.Millisecond;

    /// <summary>Mean, percentiles and maximum of times; null each when there are none.</summary>
    public static IEnumerable<Figure> Times(string name, LatencyHistogram times)
    {
        var isEmpty = times.Count == 0;
        yield return new(FigureNames.Mean(name), isEmpty ? null : Ms(times.Mean));
        foreach (var percent in (int[])[50, 95, 99])
        {
            yield return new(
                FigureNames.Percentile(name, percent), isEmpty ? null : Ms(times.Percentile(percent / 100.0)));
        }

        yield return new(FigureNames.Max(name), isEmpty ? null : Ms(times.Max));
    }
}
