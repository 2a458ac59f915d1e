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

    [Fact]
    public void Every_field_of_a_tcp_probe_is_read()
    {
        var scenario = ScenarioYaml.Good(With(
            Link,
            "tcpProbe: {address: 10.0.0.1, target: '10.0.0.2:6379', request: \"PING\\r\\n\", answerBytes: 7, "
                + "interval: 1ms, slowAfter: 3ms, reconnectAfter: 4ms}",
            "tcpProbe: {address: 10.0.0.2, target: '10.0.0.1:7', bytes: 100, interval: 2ms}"));

        var asked = Assert.IsType<GuestLoad.Tcp>(scenario.Hosts[0].Guests[0].Load).Options;
        Assert.Equal("PING\r\n", Encoding.UTF8.GetString(asked.Request.Span));
        Assert.Equal((0x0A000001u, new EndPoint4(0x0A000002, 6379), 7), (
            asked.Address, asked.Target, asked.AnswerBytes));
        Assert.Equal((1_000_000, 3_000_000, 4_000_000), (asked.Interval, asked.SlowAfter, asked.ReconnectAfter));
        var zeros = Assert.IsType<GuestLoad.Tcp>(scenario.Hosts[1].Guests[0].Load).Options;
        Assert.Equal(new byte[100], zeros.Request.ToArray());
        Assert.Equal((100, 10_000_000, 20_000_000), (zeros.AnswerBytes, zeros.SlowAfter, zeros.ReconnectAfter));
    }

    [Theory]
    [InlineData("request: ''", "tcpProbe.request: has 0 bytes, must have 1 to 65536")]
    [InlineData("request: 5", "tcpProbe.request: must be the text of a request, not '5'")]
    [InlineData("request: x, bytes: 1", "tcpProbe.bytes: means nothing beside 'request'")]
    [InlineData("bytes: 0", "tcpProbe.bytes: must be a whole number from 1 to 65536")]
    [InlineData("answerBytes: 0", "tcpProbe.answerBytes: must be a whole number from 1 to")]
    [InlineData("reconnectAfter: 0", "tcpProbe.reconnectAfter: '0' is impossible: must be 1us to 1h")]
    [InlineData("lostAfter: 1s", "tcpProbe.lostAfter: there is no such field")]
    public void What_is_wrong_with_a_tcp_probe_is_told(string field, string defect) =>
        Assert.Contains(
            ScenarioYaml.Defects(With(
                Link, $"tcpProbe: {{address: 10.0.0.1, target: '10.0.0.2:7', interval: 1ms, {field}}}", Echo)),
            line => line.Contains(defect, StringComparison.Ordinal));

    [Fact]
    public void A_stream_is_sent_back_and_what_is_lost_of_it_comes_later()
    {
        var probe = ProbeOf(
            "{between: [a, b], latency: 500us, loss: 0.01}", "'10.0.0.2:7'", "bytes: 1000, slowAfter: 100ms");

        // What is lost comes 200 ms later, and all that was sent after it as well: nothing overtakes.
        Assert.Equal(999, probe[FigureNames.Sent]);
        Assert.Equal(999, probe[FigureNames.Answered] + probe[FigureNames.PresentAtEnd]);
        Assert.InRange(probe[FigureNames.PresentAtEnd]!.Value, 1, 400);
        Assert.InRange(probe[FigureNames.Percentile(FigureNames.Response, 50)]!.Value, 1.0, 300);
        Assert.InRange(probe[FigureNames.Max(FigureNames.Response)]!.Value, 200, 1000);
        Assert.True(probe[FigureNames.Slow] > 100);
        Assert.Equal((0, 0, 0), (
            probe[FigureNames.Lost], probe[FigureNames.ConnectionsRefused], probe[FigureNames.ConnectionsBroken]));
    }

    [Fact]
    public void A_stream_over_a_good_link_takes_its_time()
    {
        var probe = ProbeOf("{between: [a, b], latency: 500us}", "'10.0.0.2:7'", "bytes: 1000");

        // Each way 1000 bytes and their headers pass two cards and the link, each at 1 Gbit/s; at the most something
        // else of the connection is on the way as well.
        Assert.Equal(1.05, probe[FigureNames.Mean(FigureNames.Response)]!.Value, 0.005);
        Assert.Equal(1.06, probe[FigureNames.Max(FigureNames.Response)]!.Value, 0.005);
        Assert.Equal(0, probe[FigureNames.Slow]);
    }

    [Fact]
    public void Nobody_there_refuses_connections()
    {
        var probe = ProbeOf(Link, "'10.0.0.9:7'", "reconnectAfter: 100ms");

        Assert.Equal((999, 0, 999), (
            probe[FigureNames.Sent], probe[FigureNames.Answered], probe[FigureNames.PresentAtEnd]));
        Assert.Equal((10, 0), (
            probe[FigureNames.ConnectionsRefused], probe[FigureNames.ConnectionsBroken]));
    }

    private static Measurement ProbeOf(string link, string target, string more) => Assert.Single(
        ScenarioRun.Execute(
            ScenarioYaml.Good(With(
                link, $"tcpProbe: {{address: 10.0.0.1, target: {target}, interval: 1ms, {more}}}", Echo)),
            1, null, TestContext.Current.CancellationToken).Of(SubjectKind.Probe));

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
