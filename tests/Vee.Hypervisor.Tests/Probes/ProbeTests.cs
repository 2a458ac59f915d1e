using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Probes;
using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Machines.Networking;
using Xunit;

namespace Vee.Hypervisor.Tests.Probes;

public sealed class ProbeTests
{
    [Fact]
    public void A_service_that_never_answers_is_silent()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var probe = new UdpProbe(
            TestMachine.Address(1), new EndPoint4(TestMachine.Address(2), 7), 8, TestHost.Millisecond);
        host.Add("probe", probe, new GuestShare());
        host.RunUntil(10 * TestHost.Second);
        Assert.InRange(probe.Meter.SilenceUntil(host.Now), 9 * TestHost.Second, 10 * TestHost.Second);
    }

    /// <summary>More bytes than the first window grants: the reflector passes on that there is room again.</summary>
    [Fact]
    public void A_reflector_sends_streams_back_without_an_end()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var probe = new TcpProbe(new TcpProbeOptions
        {
            Address = TestMachine.Address(1),
            Target = new EndPoint4(TestMachine.Address(2), 7),
            Request = new byte[60_000],
            AnswerBytes = 60_000,
            Interval = TestHost.Millisecond,
        });
        host.Add("probe", probe, new GuestShare());
        host.Add("mirror", new Reflector(TestMachine.Address(2)), new GuestShare());
        host.RunUntil(TestHost.Second);

        Assert.Equal((999, 999, 0), (probe.Meter.Sent, probe.Meter.Answered, probe.Present));
        Assert.Equal((0, 0), (probe.Breaks, probe.Refusals));
        // There and back through the switch.
        Assert.Equal((10_000, 10_000), (probe.Meter.Response.Percentile(0.5), probe.Meter.Response.Max));
    }

    [Fact]
    public void Who_is_not_there_yet_refuses_and_who_goes_breaks_the_connection()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        var probe = new TcpProbe(new TcpProbeOptions
        {
            Address = TestMachine.Address(1),
            Target = new EndPoint4(TestMachine.Address(2), 7),
            Request = new byte[8],
            AnswerBytes = 8,
            Interval = TestHost.Millisecond,
        });
        host.Add("probe", probe, new GuestShare());
        host.RunUntil(30 * TestHost.Millisecond);
        Assert.Equal((2, 2), (probe.Breaks, probe.Refusals));
        var mirror = host.Add("mirror", new Reflector(TestMachine.Address(2)), new GuestShare());
        host.RunUntil(TestHost.Second);
        Assert.Equal((2, 2), (probe.Breaks, probe.Refusals));
        host.Remove(mirror);
        host.RunUntil(TestHost.Second + (10 * TestHost.Millisecond));
        Assert.Equal((3, 2), (probe.Breaks, probe.Refusals));
        Assert.Equal(1, probe.Meter.Lost);
    }
}
