using System.Text;
using Vee.Cli.Simulations;
using Vee.Hypervisor.Scenarios;
using Vee.Hypervisor.Scenarios.Reading;
using Xunit;

namespace Vee.Cli.Tests.Simulations;

/// <summary>Scenarios as text.</summary>
internal static class ScenarioYaml
{
    /// <summary>A scenario that is right, of one host with two cores, around a guest's fields (flow style).</summary>
    internal static string WithGuest(string guest) => $$"""
        apiVersion: vee.dev/v1alpha1
        kind: Simulation
        metadata: {name: test}
        spec:
          duration: 1s
          hosts:
          - name: h1
            hardware: {cores: [{count: 2}]}
            scheduler: {policy: first-come}
            guests:
            - {{guest}}

        """;

    internal static ReadResult<Scenario> Read(string text) =>
        SimulationFile.Read(Encoding.UTF8.GetBytes(text), Repository.Root);

    internal static Scenario Good(string text)
    {
        var read = Read(text);
        Assert.True(read.Value is not null, string.Join('\n', read.Defects));
        Assert.Empty(read.Defects);
        return read.Value;
    }

    internal static string[] Defects(string text)
    {
        var read = Read(text);
        Assert.Null(read.Value);
        Assert.NotEmpty(read.Defects);
        return [.. read.Defects.Select(defect => defect.ToString())];
    }
}
