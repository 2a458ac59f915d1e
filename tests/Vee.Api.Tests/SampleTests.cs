using System.Text.Json.Nodes;
using k8s;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Xunit;

namespace Vee.Api.Tests;

public sealed class SampleTests
{
    public static TheoryData<string> Names =>
        [.. Repository.FilesIn("config", "samples").Where(name => name != "kustomization.yaml").Order()];

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_has_only_fields_that_exist(string name)
    {
        var sample = Read(name);
        var schema = Fields.RootOf((string)sample["kind"]!);
        Assert.Equal(ApiGroup.NameAndVersion, (string?)sample["apiVersion"]);
        Assert.Subset(
            Fields.Below(schema).Select(node => node.Path).ToHashSet(),
            Fields.PathsOf(sample, schema).ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_is_in_the_kustomization(string name) => Assert.Contains(
        $"- {name}\n", Repository.Read("config", "samples", "kustomization.yaml"), StringComparison.Ordinal);

    [Fact]
    public void Samples_fit_on_their_host()
    {
        var host = Read<SimulatedHost>("host.yaml");
        var machines = Names.Select(row => row.Data).Where(name => name != "host.yaml")
            .Select(Read<VirtualMachine>)
            .ToList();
        Assert.True(
            machines.Sum(m => MemorySize.ToBytes(m.Spec.Memory.Size))
            <= MemorySize.ToBytes(host.Spec.Hardware.Memory.Size));
        Assert.True(machines.Sum(m => m.Spec.Cpu?.Vcpus ?? 1) <= host.Spec.Hardware.Cores.Sum(c => c.Count));
        Assert.All(
            machines.SelectMany(m => m.Spec.Placement?.HostSelector ?? new Dictionary<string, string>()),
            label => Assert.Contains(label, host.Metadata.Labels));
    }

    private static JsonNode Read(string name) => Yaml.Read(Repository.Read("config", "samples", name))!;

    private static T Read<T>(string name) => KubernetesJson.Deserialize<T>(Read(name).ToJsonString());
}
