using System.Text;
using Vee.Cli.Simulations;
using Vee.Hypervisor.Network;
using Vee.Hypervisor.Racks;
using Vee.Hypervisor.Scenarios;
using Vee.Machines.Networking;
using Xunit;

namespace Vee.Cli.Tests.Simulations;

/// <summary>Hosts that are linked, and guests that use the links.</summary>
public sealed class NetworkScenarioTests
{
    private const string Link = "{between: [a, b], bandwidth: 20Mbit, latency: 500us, jitter: 1us, loss: 0.5}";
    private const string Probe = "udpProbe: {address: 10.0.0.1, target: '10.0.0.2:7', interval: 1ms}";
    private const string Echo = "reflector: {address: 10.0.0.2}";

    [Fact]
    public void Every_field_is_read()
    {
        var scenario = ScenarioYaml.Good(With(
            "{between: [b, a], bandwidth: 20Mbit, latency: 500us, jitter: 1us, loss: 0.5, back: {latency: 2us}}",
            "udpProbe: {address: 10.0.0.1, target: '10.0.0.2:7', bytes: 100, interval: 1ms, lostAfter: 2s, "
                + "slowAfter: 3ms}",
            Echo));

        var there = new LinkProfile
        {
            BandwidthBitsPerSecond = 20_000_000,
            LatencyNanoseconds = 500_000,
            JitterNanoseconds = 1_000,
            Loss = 0.5,
        };
        Assert.Equal(
            [new RackLink("b", "a", there, there with { LatencyNanoseconds = 2_000 })], scenario.Links);
        Assert.Equal(
            new GuestLoad.Udp(
                0x0A000001, new EndPoint4(0x0A000002, 7), 100, 1_000_000, 2_000_000_000, 3_000_000),
            scenario.Hosts[0].Guests[0].Load);
        Assert.Equal(new GuestLoad.Reflector(0x0A000002), scenario.Hosts[1].Guests[0].Load);
    }

    [Theory]
    [InlineData("{between: [a], latency: 1ms}", Probe, Echo, "spec.links[0].between: has 1 items, must have 2 to 2")]
    [InlineData("{between: [a, c]}", Probe, Echo, "spec.links[0]: there is no host 'c'")]
    [InlineData("{between: [a, a]}", Probe, Echo, "spec.links[0]: a host needs no link to itself")]
    [InlineData(Link + ", {between: [b, a]}", Probe, Echo, "spec.links[1]: b and a are linked already")]
    [InlineData("{between: [a, b], latency: 0}", Probe, Echo, "links[0].latency: '0' is impossible: must be 1us to 1h")]
    [InlineData("{between: [a, b], latency: -1ms}", Probe, Echo, "links[0].latency: must be a time with a unit")]
    [InlineData("{between: [a, b], bandwidth: 0bit}", Probe, Echo, "links[0].bandwidth: '0bit' is impossible")]
    [InlineData("{between: [a, b], loss: 1.1}", Probe, Echo, "links[0].loss: must be a number from 0 to 1")]
    [InlineData("{between: [a, b], back: {loss: -1}}", Probe, Echo, "links[0].back.loss: must be a number from 0 to 1")]
    [InlineData(Link, Probe, "reflector: {address: 10.0.0.1}", "hosts[1]: the address of guest 'g' belongs to another")]
    [InlineData(Link, Probe, "reflector: {address: 10.0.0}", "address: must be an IPv4 address, such as 10.0.0.2")]
    [InlineData(Link, Probe, "reflector: {address: 127.0.0.1}", "address: must be an IPv4 address")]
    [InlineData(Link, Probe, "reflector: {address: 10.0.0.256}", "address: must be an IPv4 address")]
    [InlineData(Link, Probe, "reflector: {address: 10.00.0.2}", "address: must be an IPv4 address")]
    [InlineData(Link, "udpProbe: {address: 10.0.0.1, target: 10.0.0.2, interval: 1ms}", Echo,
        "target: must be an IPv4 address and a port")]
    [InlineData(Link, "udpProbe: {address: 10.0.0.1, target: '10.0.0.2:0', interval: 1ms}", Echo,
        "target: must be an IPv4 address and a port")]
    [InlineData(Link, "udpProbe: {address: 10.0.0.1, target: '10.0.0.2:7', interval: 0}", Echo,
        "interval: '0' is impossible: must be 1us to 1h")]
    [InlineData(Link, "udpProbe: {address: 10.0.0.1, target: '10.0.0.2:7', interval: 1s, bytes: 7}", Echo,
        "bytes: must be a whole number from 8 to 65507")]
    [InlineData(Link, Probe, "vcpus: 2, " + Echo, "vcpus: means nothing for a guest that has an address")]
    [InlineData(Link, Probe, "count: 2, " + Echo, "count: means nothing for a guest that has an address")]
    public void What_is_wrong_is_told(string links, string first, string second, string defect) =>
        Assert.Contains(
            ScenarioYaml.Defects(With(links, first, second)), line => line.Contains(defect, StringComparison.Ordinal));

    [Fact]
    public void A_probe_sees_what_the_link_is_like()
    {
        var text = File.ReadAllText(
            Path.Combine(Repository.Root, "config", "experiments", "link.yaml"), Encoding.UTF8);
        var summary = ScenarioSummary.Of(SimulationRuns.Execute(
            ScenarioYaml.Good(text), [.. Enumerable.Range(1, 5).Select(seed => (ulong)seed)], null));

        var probe = Assert.Single(summary.Of(SubjectKind.Probe));
        Assert.Equal(60_000, probe[FigureNames.Sent].Mean);
        Assert.Equal(60_000 * 0.995 * 0.995, probe[FigureNames.Answered].Mean!.Value, 60.0);
        Assert.Equal(2.2533, probe[FigureNames.Mean(FigureNames.Response)].Mean!.Value, 0.003);
        var links = summary.Of(SubjectKind.Link).ToDictionary(m => m.Subject.Host);
        // 1266 bytes each millisecond.
        Assert.Equal(1_266_000, links["a"][FigureNames.Bytes].Mean!.Value, 100.0);
        Assert.Equal(0.5064, links["a"][FigureNames.Utilisation].Mean!.Value, 0.001);
        Assert.Equal(300, links["a"][FigureNames.Lost].Mean!.Value, 60.0);
        Assert.Equal(
            0.010128, summary.Of(SubjectKind.Host).First()[FigureNames.NicUtilisation].Mean!.Value, 0.0001);
        Assert.Empty(summary.Of(SubjectKind.Guest));
    }

    [Fact]
    public void Nobody_answers_over_no_link()
    {
        var scenario = ScenarioYaml.Good(With("", Probe, Echo));
        var result = ScenarioRun.Execute(scenario, 1, null, TestContext.Current.CancellationToken);
        var probe = Assert.Single(result.Of(SubjectKind.Probe));
        Assert.Equal((999, 0), (probe[FigureNames.Sent], probe[FigureNames.Answered]));
        Assert.Equal(1_000, probe[FigureNames.LongestSilence]);
    }

    private static string With(string links, string first, string second) => $$"""
        apiVersion: vee.dev/v1alpha1
        kind: Simulation
        metadata: {name: test}
        spec:
          duration: 1s
          links: [{{links}}]
          hosts:
          - name: a
            hardware: {cores: [{count: 1}]}
            scheduler: {policy: credit}
            guests: [{name: g, {{first}}}]
          - name: b
            hardware: {cores: [{count: 1}]}
            scheduler: {policy: credit}
            guests: [{name: g, {{second}}}]

        """;
}
