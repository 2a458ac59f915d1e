using System.Text.Json;
using Xunit;

namespace Vee.Cli.Tests;

public sealed class CrdsTests
{
    [Fact]
    public async Task Definitions_are_printed_as_they_are_in_the_repository()
    {
        var outcome = await VeeProcess.RunAsync("crds");

        var files = Directory.GetFiles(Path.Combine(Repository.Root, "crds"), "vee.dev_*.yaml").Order();
        Assert.Equal(string.Join("---\n", files.Select(File.ReadAllText)), outcome.Output);
    }

    [Fact]
    public async Task Definitions_as_JSON_are_one_object_that_a_cluster_takes()
    {
        var outcome = await VeeProcess.RunAsync("crds", "--output", "json");

        using var json = JsonDocument.Parse(outcome.Output);
        Assert.Equal("List", json.RootElement.GetProperty("kind").GetString());
        Assert.Equal(
            [
                "migrationpolicies.vee.dev", "simulatedhosts.vee.dev", "virtualmachinemigrations.vee.dev",
                "virtualmachines.vee.dev",
            ],
            json.RootElement.GetProperty("items").EnumerateArray()
                .Select(i => i.GetProperty("metadata").GetProperty("name").GetString()!));
    }

    [Fact]
    public async Task Definitions_as_a_table_are_a_line_each()
    {
        var outcome = await VeeProcess.RunAsync("crds", "--output", "table");

        Assert.Matches("^NAME +KIND +SHORT NAMES +VERSIONS +SCOPE\n", outcome.Output);
        Assert.Matches("(?m)^virtualmachines.vee.dev +VirtualMachine +veevm +v1alpha1 +Namespaced$", outcome.Output);
    }
}
