namespace Vee.Hypervisor.Scenarios;

/// <summary>A figure over several runs.</summary>
/// <param name="Name">What it is, with its clock and unit.</param>
/// <param name="Mean">Of the runs that have it; null when none has.</param>
/// <param name="HalfWidth">Of the 95 % confidence interval about the mean; null with fewer than two values.</param>
/// <param name="Samples">Runs that have it.</param>
public readonly record struct FigureSummary(string Name, double? Mean, double? HalfWidth, int Samples);

/// <summary>What was measured of something over several runs.</summary>
/// <param name="Subject">Of what.</param>
/// <param name="Figures">In the order in which they are shown.</param>
public sealed record MeasurementSummary(MeasuredSubject Subject, IReadOnlyList<FigureSummary> Figures)
{
    /// <summary>What is no number; null where runs do not agree.</summary>
    public IReadOnlyList<Fact> Facts { get; init; } = [];

    /// <summary>A figure by its name.</summary>
    public FigureSummary this[string name] => Figures.First(figure => figure.Name == name);
}

/// <summary>What several runs of a scenario gave together.</summary>
/// <param name="Measurements">In the order of the scenario.</param>
public sealed record ScenarioSummary(IReadOnlyList<MeasurementSummary> Measurements)
{
    /// <summary>Means and confidence of runs of one scenario with different seeds, each a sample of its own.</summary>
    /// <param name="runs">At least one.</param>
    public static ScenarioSummary Of(IReadOnlyList<SimulationResult> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentOutOfRangeException.ThrowIfZero(runs.Count);
        return new ScenarioSummary(
        [
            .. runs[0].Measurements.Select((first, subject) => new MeasurementSummary(
                first.Subject,
                [
                    .. first.Figures.Select((figure, index) => Summarise(
                        figure.Name, [.. runs.Select(run => run.Measurements[subject].Figures[index].Value)])),
                ])
            {
                Facts =
                [
                    .. first.Facts.Select((fact, index) => runs.All(
                        run => run.Measurements[subject].Facts[index] == fact)
                        ? fact : fact with { Value = null }),
                ],
            }),
        ]);
    }

    /// <summary>What was measured of a kind.</summary>
    public IEnumerable<MeasurementSummary> Of(SubjectKind kind) => Measurements.Where(m => m.Subject.Kind == kind);

    private static FigureSummary Summarise(string name, IReadOnlyList<double?> runs)
    {
        var values = runs.OfType<double>().ToList();
        if (values.Count == 0)
        {
            return new FigureSummary(name, null, null, 0);
        }

        var mean = values.Sum() / values.Count;
        if (values.Count == 1)
        {
            return new FigureSummary(name, mean, null, 1);
        }

        var variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
        var half = StudentT.TwoSided95(values.Count - 1) * Math.Sqrt(variance / values.Count);
        return new FigureSummary(name, mean, half, values.Count);
    }
}

/// <summary>Student's t distribution.</summary>
internal static class StudentT
{
    private const double Normal975 = 1.959963984540054;

    private static readonly double[] Exact =
    [
        12.7062047362, 4.3026527297, 3.1824463053, 2.7764451052, 2.5705818356, 2.4469118512, 2.3646242516,
        2.3060041352, 2.2621571628, 2.2281388520, 2.2009851601, 2.1788128297, 2.1603686565, 2.1447866879,
        2.1314495456, 2.1199052992, 2.1098155778, 2.1009220402, 2.0930240544, 2.0859634473, 2.0796138447,
        2.0738730679, 2.0686576104, 2.0638985616, 2.0595385528, 2.0555294386, 2.0518305165, 2.0484071418,
        2.0452296421, 2.0422724563,
    ];

    /// <summary>What 95 % of all values are within, to about 1e-6.</summary>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    /// <remarks>Above 30 by the expansion of Fisher and Cornish, which is exact to 1e-6 there.</remarks>
    public static double TwoSided95(int freedom)
    {
        if (freedom <= Exact.Length)
        {
            return Exact[freedom - 1];
        }

        const double Z = Normal975;
        const double Z3 = Z * Z * Z;
        const double Z5 = Z3 * Z * Z;
        const double Z7 = Z5 * Z * Z;
        double n = freedom;
        return Z + ((Z3 + Z) / (4 * n)) + (((5 * Z5) + (16 * Z3) + (3 * Z)) / (96 * n * n))
            + (((3 * Z7) + (19 * Z5) + (17 * Z3) - (15 * Z)) / (384 * n * n * n));
    }
}
