using Xunit;

namespace Vee.ControllerRuntime.Tests;

public sealed class ObjectKeyTests
{
    [Theory]
    [InlineData("default", "a", "default/a")]
    [InlineData("", "a", "a")]
    public void A_key_reads_as_kubectl_writes_it(string space, string name, string text) =>
        Assert.Equal(text, new ObjectKey(space, name).ToString());
}
