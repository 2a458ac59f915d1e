using Prometheus;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Measuring;

namespace Vee.Agent.Measuring;

/// <summary>What has been exported of histograms that grow.</summary>
internal sealed class HistogramTally
{
    private readonly Dictionary<long, long> counts = [];

    /// <summary>Exports what has been added since, in seconds.</summary>
    internal void Add(IEnumerable<LatencyHistogram> histograms, Histogram.Child to)
    {
        foreach (var bucket in histograms.SelectMany(histogram => histogram.Buckets()).GroupBy(b => b.Value))
        {
            var count = bucket.Sum(b => b.Count);
            var before = counts.GetValueOrDefault(bucket.Key);
            if (count > before)
            {
                to.Observe(bucket.Key / (double)VirtualTime.Second, count - before);
                counts[bucket.Key] = count;
            }
        }
    }
}
