using Vee.Cli.Cluster;
using Vee.Cli.Commands.Machines;
using Vee.Cli.Output;
using Vee.Protocol;
using Xunit;

namespace Vee.Cli.Tests.Verbs;

public sealed class OutputTests
{
    private static readonly MachineUsage[] Rows =
    [
        new MachineUsage { Namespace = "default", Name = "web", Host = "rack-1", Status = "Running" }.Between(
            new MachineStatistics { RetiredInstructions = 1_000_000, VirtualTimeNs = 500_000_000, BusyWallNs = 0 },
            new MachineStatistics
            {
                RetiredInstructions = 51_000_000,
                VirtualTimeNs = 1_500_000_000,
                BusyWallNs = 1_000_000_000,
                LagWallNs = 12_000_000,
                ResidentBytes = 3 << 19,
                NetworkBytesIn = 2048,
                NetworkBytesOut = 512,
            },
            TimeSpan.FromSeconds(2)),
        new() { Namespace = "default", Name = "db", Status = "Halted" },
    ];

    [Fact]
    public void A_table_aligns_numbers_at_the_right_and_shows_what_is_unknown()
    {
        var lines = Print(OutputFormat.Table).TrimEnd('\n').Split('\n');

        Assert.Equal(
            [
                "NAME   HOST     STATUS    VIRTUAL(s)   SPEED(virtual/wall)   LAG(ms)   MIPS   CPU(cores)   "
                    + "RESIDENT(MiB)   NET IN(KiB)   NET OUT(KiB)",
                "web    rack-1   Running          1.5                  0.50        12   25.0         0.50   "
                    + "          1.5           2.0            0.5",
                "db     -        Halted             -                     -         -      -            -   "
                    + "            -             -              -",
            ],
            lines);
    }

    [Fact]
    public void Programs_get_figures_with_units_in_their_names_and_nothing_for_what_is_unknown()
    {
        Assert.Equal(
            """
            - namespace: default
              name: web
              host: rack-1
              status: Running
              virtualSeconds: 1.5
              speed: 0.5
              lagWallMs: 12
              mips: 25
              cpuCores: 0.5
              residentBytes: 1572864
              networkBytesIn: 2048
              networkBytesOut: 512
            - namespace: default
              name: db
              status: Halted

            """,
            Print(OutputFormat.Yaml));
        Assert.StartsWith(
            "[\n  {\n    \"namespace\": \"default\",", Print(OutputFormat.Json), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("90s", 90)]
    [InlineData("5m", 300)]
    [InlineData("24h", 86400)]
    public void Times_have_units(string text, int seconds)
    {
        Assert.True(Duration.TryParse(text, out var span));
        Assert.Equal(TimeSpan.FromSeconds(seconds), span);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("0")]
    [InlineData("25h")]
    [InlineData("-1s")]
    [InlineData("1.5s")]
    [InlineData("2147483647h")]
    public void What_is_no_time_is_refused(string text) => Assert.False(Duration.TryParse(text, out _));

    [Fact]
    public void The_kubeconfig_is_the_options_then_the_variables_then_that_of_home()
    {
        Assert.Equal(["/a"], Kubeconfig.FilesOf("/a", "/b:/c"));
        Assert.Equal(["/b", "/c"], Kubeconfig.FilesOf(null, "/b::/c"));
        Assert.EndsWith("/.kube/config", Assert.Single(Kubeconfig.FilesOf(null, null)), StringComparison.Ordinal);
    }

    private static string Print(OutputFormat format)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        DataWriter.Write(writer, format, UsageTable.Columns, Rows);
        return $"{writer}";
    }
}
