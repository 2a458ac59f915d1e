using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Xunit;

namespace Vee.Api.Tests;

public sealed class EntityTests
{
    [Fact]
    public void Complete_objects_have_every_field_set() => Assert.Empty(
        Fields.Unset(Complete.Machine(), "VirtualMachine").Concat(Fields.Unset(Complete.Host(), "SimulatedHost"))
            .Concat(Fields.Unset(CompleteMigration.Policy(), "MigrationPolicy"))
            .Concat(Fields.Unset(CompleteMigration.Migration(), "VirtualMachineMigration")));

    [Fact]
    public void Machine_keeps_everything_through_json() => AssertKeptThroughJson(Complete.Machine());

    [Fact]
    public void Host_keeps_everything_through_json() => AssertKeptThroughJson(Complete.Host());

    [Fact]
    public void Policy_keeps_everything_through_json() => AssertKeptThroughJson(CompleteMigration.Policy());

    [Fact]
    public void Migration_keeps_everything_through_json() => AssertKeptThroughJson(CompleteMigration.Migration());

    [Fact]
    public void Fields_without_a_value_are_left_out()
    {
        var machine = JsonNode.Parse(Fields.Json(new VirtualMachine { Metadata = new V1ObjectMeta { Name = "m" } }))!;
        Assert.Equal(
            ["apiVersion", "kind", "metadata", "spec"], machine.AsObject().Select(field => field.Key).Order());
        Assert.Equal(["memory", "source"], machine["spec"]!.AsObject().Select(field => field.Key).Order());
    }

    [Theory]
    [InlineData("1024Mi")]
    [InlineData("1048576Ki")]
    [InlineData("1Gi")]
    public void A_size_is_never_rewritten(string size)
    {
        var machine = KubernetesJson.Deserialize<VirtualMachine>(
            """{"spec":{"source":{},"memory":{"size":"SIZE"}}}""".Replace("SIZE", size, StringComparison.Ordinal));
        Assert.Equal(size, (string?)JsonNode.Parse(Fields.Json(machine))!["spec"]!["memory"]!["size"]);

        var host = KubernetesJson.Deserialize<SimulatedHost>(
            """{"spec":{"hardware":{"cores":[],"memory":{"size":"SIZE"}}}}"""
                .Replace("SIZE", size, StringComparison.Ordinal));
        Assert.Equal(size, (string?)JsonNode.Parse(Fields.Json(host))!["spec"]!["hardware"]!["memory"]!["size"]);
    }

    [Theory]
    [InlineData("1Mi", 1L << 20)]
    [InlineData("64Gi", 64L << 30)]
    [InlineData("1Ki", 1024)]
    public void A_size_has_its_bytes(string size, long bytes) => Assert.Equal(bytes, MemorySize.ToBytes(size));

    private static void AssertKeptThroughJson<T>(T entity)
        where T : notnull
    {
        var json = Fields.Json(entity);
        var again = KubernetesJson.Deserialize<T>(json);
        Assert.Equivalent(entity, again, strict: true);
        Assert.Equal(json, Fields.Json(again));
    }
}
