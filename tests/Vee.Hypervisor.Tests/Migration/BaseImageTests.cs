using Vee.Hypervisor.Tests.Guests;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Machines.Memory;
using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>Where there is no room for the base images of all changed pages, those are kept that are of use.</summary>
public sealed class BaseImageTests(ITestOutputHelper output)
{
    private const string Program = "../tests/Vee.Hypervisor.Tests/Guests/Programs/mixed";
    private const long ImagesMax = TestMachine.BytesOfMemory / PageNumber.Bytes / 8;

    [Fact]
    public void Pages_that_are_written_all_over_give_way_to_those_of_which_little_changes()
    {
        using var move = new Move();
        move.AddMachine(Program, "");
        move.RunFor(500 * TestHost.Millisecond);
        move.Begin();
        move.RunToEnd();

        var result = move.Result;
        output.WriteLine(
            $"{result.FinalPages} pages, {result.FinalBytes} bytes, {result.Downtime} ns, {result.BasesMissed} missed");
        // More are dirty than there is room for, and half of them are new all over.
        Assert.True(result.FinalPages > ImagesMax);
        Assert.InRange(result.FinalBytes, 0, 0.51 * result.FinalPages * PageNumber.Bytes);
    }
}
