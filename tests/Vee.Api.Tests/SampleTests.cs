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
    public void Samples_fit_on_their_hosts()
    {
        var hosts = Of<SimulatedHost>(SimulatedHost.KindName);
        var machines = Of<VirtualMachine>(VirtualMachine.KindName);
        foreach (var host in hosts.Where(h => h.Spec.Unschedulable != true))
        {
            // One that may run anywhere may run here.
            var here = machines.Where(m => m.Spec.Placement?.HostName is { } name
                ? name == host.Metadata.Name
                : (m.Spec.Placement?.HostSelector ?? new Dictionary<string, string>())
                    .All(LabelsOf(host).Contains)).ToList();
            Assert.True(
                here.Sum(m => MemorySize.ToBytes(m.Spec.Memory.Size))
                <= MemorySize.ToBytes(host.Spec.Hardware.Memory.Size));
            Assert.True(here.Sum(m => m.Spec.Cpu?.Vcpus ?? 1) <= host.Spec.Hardware.Cores.Sum(c => c.Count));
        }

        Assert.All(
            machines.SelectMany(m => m.Spec.Placement?.HostSelector ?? new Dictionary<string, string>()),
            label => Assert.Contains(hosts, h => LabelsOf(h).Contains(label)));
        Assert.All(
            machines.Select(m => m.Spec.Placement?.HostName).Concat(
                hosts.SelectMany(h => h.Spec.Links ?? []).Select(l => l.To)).OfType<string>(),
            name => Assert.Contains(hosts, h => h.Metadata.Name == name));
    }

    private static IDictionary<string, string> LabelsOf(SimulatedHost host) =>
        host.Metadata.Labels ?? new Dictionary<string, string>();

    private static List<T> Of<T>(string kind) =>
        [.. Names.Select(row => row.Data).Where(n => (string?)Read(n)["kind"] == kind).Select(Read<T>)];

    private static JsonNode Read(string name) => Yaml.Read(Repository.Read("config", "samples", name))!;

    private static T Read<T>(string name) => KubernetesJson.Deserialize<T>(Read(name).ToJsonString());
}
