using Vee.Agent.Racks;
using Vee.Hypervisor.Racks;
using Xunit;
using Wire = Vee.Protocol;

namespace Vee.Agent.Tests.Racks;

/// <summary>Where addresses are, as agents tell each other.</summary>
public sealed class PlacementMessageTests
{
    [Fact]
    public void What_comes_and_leaves_is_the_same_at_the_other_end()
    {
        Placement[] placements = [new(1, "a", 5), new(1, "a", 7, HasLeft: true)];
        var window = new RackWindow(1, 2, new RackReport("x", 3, 4, []) { Placements = placements }, 5);
        var message = Assert.Single(RackMessages.Of(window));
        Assert.Equal(placements, RackMessages.Read(message.Window, "x").Report.Placements);
    }

    [Theory]
    [InlineData("", 5, false)]
    [InlineData("", 5, true)]
    [InlineData("a", -1, false)]
    [InlineData("a", long.MinValue, true)]
    public void What_cannot_be_is_refused(string host, long from, bool hasLeft)
    {
        var placement = new Wire.RackPlacement { Address = 1, Host = host, FromVirtualNs = from, HasLeft = hasLeft };
        Assert.Throws<InvalidDataException>(
            () => RackMessages.Read(new Wire.RackWindow { Placements = { placement } }, "x"));
        Assert.Throws<InvalidDataException>(
            () => RackMessages.Read(new Wire.RackHello { Placements = { placement } }));
    }

    [Fact]
    public void A_hello_tells_only_of_what_is_there()
    {
        var gone = new Wire.RackPlacement { Address = 1, Host = "a", HasLeft = true };
        Assert.Throws<InvalidDataException>(() => RackMessages.Read(new Wire.RackHello { Placements = { gone } }));
    }
}
