using System.Text.Json;
using Vee.Api;
using Vee.Api.Migrations;
using Vee.Cli.Commands.Machines;
using Vee.ControllerRuntime.Clients;
using Xunit;

namespace Vee.Cli.Tests.Verbs;

[Collection<VerbTests>]
public sealed class MigrateTests(VerbCluster cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_migration_is_made_and_named()
    {
        await cluster.CreateAsync("moved");

        var outcome = await cluster.VeeAsync("migrate", "moved", "--to", "host-2", "--policy", "fast", "-o", "json");

        Assert.Equal((0, ""), (outcome.Status, outcome.Error));
        var made = await FindAsync("moved");
        Assert.Equal(("host-2", "fast"), (made.Spec.Target!.HostName, made.Spec.PolicyName));
        using var json = JsonDocument.Parse(outcome.Output);
        var row = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(made.Metadata.Name, row.GetProperty("name").GetString());
        Assert.StartsWith("moved-", made.Metadata.Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_ends_with_the_result_when_the_machine_has_moved()
    {
        await cluster.CreateAsync("arriving");
        var migrate = cluster.VeeAsync("migrate", "arriving", "--wait");
        await WriteAsync("arriving", new VirtualMachineMigrationStatus { Phase = MigrationPhases.Copying });
        Assert.False(migrate.IsCompleted);

        await WriteAsync("arriving", new VirtualMachineMigrationStatus
        {
            Phase = MigrationPhases.Succeeded,
            Result = new MigrationOutcome { DowntimeVirtualUs = 12_345 },
        });
        var outcome = await migrate;

        Assert.Equal((0, ""), (outcome.Status, outcome.Error));
        Assert.Matches("arriving-[a-z0-9]+ +arriving +Succeeded .* 12.345\n$", outcome.Output);
    }

    [Fact]
    public async Task What_came_of_it_is_a_page_with_each_round_and_each_part_of_the_stop()
    {
        await cluster.CreateAsync("drawn");
        var file = Path.Combine(Path.GetTempPath(), $"vee-{Guid.NewGuid():n}.html");
        var migrate = cluster.VeeAsync("migrate", "drawn", "--wait", "--report", file);
        await WriteAsync("drawn", new VirtualMachineMigrationStatus
        {
            Phase = MigrationPhases.Succeeded,
            Rounds =
            [
                new RoundStatus { Round = 0, DurationVirtualMs = 40, Pages = 1000, Bytes = 4_000_000 },
                new RoundStatus { Round = 1, BegunVirtualMs = 40, DurationVirtualMs = 5, Pages = 90, Bytes = 9_000 },
            ],
            Result = new MigrationOutcome { DowntimeVirtualUs = 1500, VerifyVirtualUs = 1000, GrantVirtualUs = 500 },
        });
        try
        {
            Assert.Equal(0, (await migrate).Status);
            var page = System.Xml.Linq.XDocument.Parse(
                (await File.ReadAllTextAsync(file, Token)).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
            var pictures = page.Descendants("svg").ToList();
            Assert.Equal(2, pictures.Count);
            Assert.Equal(2, pictures[0].Elements("rect").Count());
            Assert.Equal("800", pictures[1].Elements("rect").Sum(
                box => double.Parse(box.Attribute("width")!.Value, System.Globalization.CultureInfo.InvariantCulture))
                .ToString("0", System.Globalization.CultureInfo.InvariantCulture));
            Assert.Contains("4,000,000", page.Root!.Value, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_report_of_what_is_not_waited_for_is_refused()
    {
        var outcome = await cluster.VeeAsync("migrate", "drawn", "--report", "x.html");
        Assert.NotEqual(0, outcome.Status);
        Assert.Contains("--report needs --wait", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_one_that_fails_says_why()
    {
        await cluster.CreateAsync("staying");
        var migrate = cluster.VeeAsync("migrate", "staying", "--wait");
        await WriteAsync("staying", new VirtualMachineMigrationStatus
        {
            Phase = MigrationPhases.Failed,
            Conditions = [VerbCluster.Condition(ConditionTypes.Ready, "False", "LinkLost", "the link is gone")],
        });

        var outcome = await migrate;

        Assert.Equal(1, outcome.Status);
        Assert.Equal("vee migrate: 'staying' has not moved: LinkLost: the link is gone\n", outcome.Error);
        Assert.Contains("Failed", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_has_an_end_and_says_so()
    {
        await cluster.CreateAsync("unmoved");

        var outcome = await cluster.VeeAsync("migrate", "unmoved", "--wait", "--timeout", "1s");

        Assert.Equal(1, outcome.Status);
        Assert.Equal(
            "vee migrate: 'unmoved' has not moved after 1 s: NotSeen: the operator has not seen the migration yet; is "
                + "it running?\n",
            outcome.Error);
    }

    [Theory]
    [InlineData("missing", "there is no virtual machine 'missing'", 1)]
    [InlineData("Bad", "NAME 'Bad'", 2)]
    public async Task A_machine_that_is_none_is_said_to_be_none(string name, string expected, int status)
    {
        var outcome = await cluster.VeeAsync("migrate", name);

        Assert.Equal(status, outcome.Status);
        Assert.Contains(expected, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_is_one_line()
    {
        var migration = new VirtualMachineMigration
        {
            Status = new VirtualMachineMigrationStatus
            {
                Phase = MigrationPhases.Copying,
                Progress = new MigrationProgress
                {
                    Rounds = 3,
                    PagesRemaining = 120,
                    PagesTotal = 5000,
                    BytesSent = 12 << 20,
                    BitsPerVirtualSecond = 94_500_000,
                    DirtyPagesPerVirtualSecond = 300,
                    DowntimeExpectedVirtualUs = 12_500,
                },
            },
        };
        Assert.Equal(
            $"Copying: round 3, 120 of 5000 pages left, {ByteSize.Format(12 << 20)} sent at 94.5 Mbit/s, "
            + "300 pages/s change, a stop would take 12.5 ms",
            MigrationProgressText.Of(migration));
        migration.Status = new VirtualMachineMigrationStatus
        {
            Phase = MigrationPhases.Pending,
            Conditions = [VerbCluster.Condition(ConditionTypes.Ready, "False", Reasons.NoHostFits, "none fits")],
        };
        Assert.Equal("Pending: none fits", MigrationProgressText.Of(migration));
        Assert.Equal("Pending", MigrationProgressText.Of(new VirtualMachineMigration()));
    }

    /// <summary>The one migration of a machine, once it is there.</summary>
    private async Task<VirtualMachineMigration> FindAsync(string machine)
    {
        VirtualMachineMigration? found = null;
        await VerbCluster.WaitForAsync(
            async () =>
            {
                await foreach (var migration in cluster.Migrations.ListAsync(ResourceScope.All, Token))
                {
                    found = migration.Spec.VirtualMachineName == machine ? migration : found;
                }

                return found is not null;
            },
            $"a migration of {machine}");
        return found!;
    }

    private async Task WriteAsync(string machine, VirtualMachineMigrationStatus status)
    {
        var migration = await FindAsync(machine);
        migration.Status = status;
        await cluster.Migrations.ApplyStatusAsync(
            migration, new ApplyOptions { FieldManager = "test-operator" }, Token);
    }
}
