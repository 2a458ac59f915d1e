using Vee.Hypervisor.Randomness;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads distributions of times.</summary>
internal static class DistributionReader
{
    /// <summary>Most values of a trace.</summary>
    internal const int TraceMax = 200_000;

    private const long LongestMean = Distribution.SampleMax;

    /// <summary>A distribution; null when it is none. A time alone is always that time.</summary>
    public static Distribution? Read(ScenarioValue? value)
    {
        if (value is null)
        {
            return null;
        }

        if (value.Node is ScenarioNode.Scalar)
        {
            return value.Duration() is { } time ? new Distribution.Constant(time) : null;
        }

        var fields = new FieldReader(value);
        var kind = fields.OneOf(
            "constant", "uniform", "exponential", "erlang", "hyperexponential", "lognormal", "pareto", "trace");
        var inner = kind is null ? null : fields.Optional(kind);
        fields.Finish();
        return inner is null ? null : kind switch
        {
            "constant" => inner.Duration() is { } time ? new Distribution.Constant(time) : null,
            "uniform" => Uniform(inner),
            "exponential" => Exponential(inner),
            "erlang" => Erlang(inner),
            "hyperexponential" => HyperExponential(inner),
            "lognormal" => LogNormal(inner),
            "pareto" => Pareto(inner),
            _ => Trace(inner),
        };
    }

    /// <summary>Times of a list; null when one of them is none.</summary>
    public static IReadOnlyList<long>? Times(ScenarioValue value)
    {
        var items = value.Items(1, TraceMax);
        var times = items.Select(item => item.Duration()).ToList();
        return times.Count > 0 && times.All(time => time is not null) ? [.. times.Select(time => time!.Value)] : null;
    }

    private static Distribution.Uniform? Uniform(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var from = fields.Required("from")?.Duration();
        var to = fields.Required("to")?.Duration();
        fields.Finish();
        if (from > to)
        {
            fields.Refuse("'from' is more than 'to'");
            return null;
        }

        return from is { } least && to is { } most ? new Distribution.Uniform(least, most) : null;
    }

    private static Distribution.Exponential? Exponential(ScenarioValue value)
    {
        if (value.Node is ScenarioNode.Scalar)
        {
            return value.Duration(1, LongestMean) is { } alone ? new Distribution.Exponential(alone) : null;
        }

        var fields = new FieldReader(value);
        var mean = fields.Required("mean")?.Duration(1, LongestMean);
        fields.Finish();
        return mean is { } time ? new Distribution.Exponential(time) : null;
    }

    private static Distribution.Erlang? Erlang(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var stages = fields.Required("stages")?.Whole(1, 1000);
        var mean = fields.Required("mean")?.Duration(1, LongestMean);
        fields.Finish();
        return stages is { } count && mean is { } time ? new Distribution.Erlang((int)count, time) : null;
    }

    private static Distribution.HyperExponential? HyperExponential(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var variation = fields.Required("squaredVariation")?.Number(1, 10_000);
        var mean = fields.Required("mean")?.Duration(1, LongestMean);
        fields.Finish();
        return variation is { } squared && mean is { } time ? new Distribution.HyperExponential(squared, time) : null;
    }

    private static Distribution.LogNormal? LogNormal(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var median = fields.Required("median")?.Duration(1, LongestMean);
        var sigma = fields.Required("sigma")?.Number(0, 5);
        fields.Finish();
        return median is { } time && sigma is { } deviation ? new Distribution.LogNormal(time, deviation) : null;
    }

    private static Distribution.BoundedPareto? Pareto(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var shape = fields.Required("shape")?.Number(0.1m, 10);
        var from = fields.Required("from")?.Duration(1);
        var to = fields.Required("to")?.Duration(1);
        fields.Finish();
        if (from >= to)
        {
            fields.Refuse("'from' must be less than 'to'");
            return null;
        }

        return shape is { } exponent && from is { } least && to is { } most
            ? new Distribution.BoundedPareto(exponent, least, most)
            : null;
    }

    private static Distribution.Trace? Trace(ScenarioValue value) =>
        Times(value) is { } times ? new Distribution.Trace(times) : null;
}
