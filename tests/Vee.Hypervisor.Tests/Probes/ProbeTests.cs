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
}
