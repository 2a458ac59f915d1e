using Vee.Hypervisor.Scenarios;
using Xunit;

namespace Vee.Hypervisor.Tests.Scenarios;

public sealed class ScenarioSummaryTests
{
    private static readonly MeasuredSubject Subject = new(SubjectKind.Host, "h");

    /// <summary>Tables of the t distribution.</summary>
    [Theory]
    [InlineData(1, 12.706205)]
    [InlineData(9, 2.262157)]
    [InlineData(30, 2.042272)]
    [InlineData(31, 2.039513)]
    [InlineData(40, 2.021075)]
    [InlineData(60, 2.000298)]
    [InlineData(120, 1.979930)]
    [InlineData(999, 1.962341)]
    public void Students_t_is_as_in_tables(int freedom, double expected) =>
        Assert.Equal(expected, StudentT.TwoSided95(freedom), 2e-6);

    [Fact]
    public void The_half_width_is_of_the_mean_of_runs()
    {
        var figure = Summary(1, 2, 3, 4)["x"];

        // Deviation 1.29099, t = 3.18245 with 3 degrees of freedom, four runs.
        Assert.Equal((2.5, 4), (figure.Mean, figure.Samples));
        Assert.Equal(2.054260, figure.HalfWidth!.Value, 1e-6);
    }

    [Fact]
    public void A_run_without_the_figure_does_not_count()
    {
        Assert.Equal(new FigureSummary("x", 3, 12.7062047362, 2), Summary(2, null, 4)["x"]);
        Assert.Equal(new FigureSummary("x", 2, null, 1), Summary(2, null)["x"]);
        Assert.Equal(new FigureSummary("x", null, null, 0), Summary(null, null)["x"]);
    }

    private static MeasurementSummary Summary(params double?[] values) => Assert.Single(ScenarioSummary.Of(
    [
        .. values.Select((value, index) => new SimulationResult(
            (ulong)index, [new Measurement(Subject, [new Figure("x", value)])])),
    ]).Measurements);
}
