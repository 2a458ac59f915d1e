using Xunit;

namespace Vee.ControlPlane.Tests;

public sealed class GroupVersionResourceTests
{
    [Theory]
    [InlineData("", "/api/v1")]
    [InlineData("apps", "/apis/apps/v1")]
    public void The_core_group_has_a_root_of_its_own(string group, string root) =>
        Assert.Equal(root, new GroupVersionResource(group, "v1", "things").Root);
}
