using System.Text.Json.Nodes;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Patching;

public sealed class StrategicMergePatchTests
{
    private const string Pod =
        """
        {"metadata":{"finalizers":["a","b"],"labels":{"x":"1"}},"spec":{"containers":[{"name":"one","image":"i",
        "env":[{"name":"E","value":"1"}],"ports":[{"containerPort":80,"protocol":"TCP"}],"args":["p","q"]},
        {"name":"two","image":"j"}],"volumes":[{"name":"v","emptyDir":{}}]}}
        """;

    [Theory]
    [InlineData("""{"spec":{"containers":[{"name":"one","env":[{"name":"F","value":"2"}],"args":["z"]}]}}""",
        "spec.containers[0]",
        """
        {"args":["z"],"env":[{"name":"E","value":"1"},{"name":"F","value":"2"}],"image":"i","name":"one",
        "ports":[{"containerPort":80,"protocol":"TCP"}]}
        """)]
    [InlineData("""{"spec":{"containers":[{"name":"one","$patch":"delete"}]}}""",
        "spec.containers", """[{"image":"j","name":"two"}]""")]
    [InlineData("""{"spec":{"containers":[{"name":"three","image":"k"},{"$patch":"replace"}]}}""",
        "spec.containers", """[{"image":"k","name":"three"}]""")]
    [InlineData("""{"spec":{"volumes":[{"name":"v","$retainKeys":["name","hostPath"],"hostPath":{"path":"/p"}}]}}""",
        "spec.volumes", """[{"hostPath":{"path":"/p"},"name":"v"}]""")]
    [InlineData("""{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],"finalizers":["c"]}}""",
        "metadata.finalizers", """["b","c"]""")]
    [InlineData("""{"metadata":{"$setElementOrder/finalizers":["b","a"]}}""",
        "metadata.finalizers", """["b","a"]""")]
    [InlineData("""{"metadata":{"labels":{"$patch":"replace","y":"2"}}}""", "metadata.labels", """{"y":"2"}""")]
    [InlineData("""{"metadata":{"labels":{"x":null,"y":"2"}}}""", "metadata.labels", """{"y":"2"}""")]
    [InlineData("""{"spec":{"$setElementOrder/containers":[{"name":"two"},{"name":"new"},{"name":"one"}],""" +
        """ "containers":[{"name":"new","image":"n"}]}}""",
        "spec.containers[1]", """{"image":"n","name":"new"}""")]
    public void Patch_gives(string patch, string path, string expected)
    {
        var result = StrategicMergePatch.Apply(
            JsonNode.Parse(Pod)!.AsObject(), JsonNode.Parse(patch), BuiltInTypes.Get("v1", "Pod"));

        Assert.Null(result.Failure);
        JsonNode? found = result.Value;
        foreach (var step in path.Replace("[", ".[", StringComparison.Ordinal).Split('.'))
        {
            found = step[0] == '[' ? found![int.Parse(step.Trim('[', ']'), null)] : found![step];
        }

        Assert.Equal(expected.Replace("\n", "", StringComparison.Ordinal), Json.ToGoString(found));
    }

    [Theory]
    [InlineData("""{"spec":{"containers":[{"image":"x"}]}}""", 500,
        "map: map[image:x] does not contain declared merge key: name")]
    [InlineData("""{"spec":{"$patch":"what"}}""", 400, "unknown patch type: what")]
    public void Patch_that_makes_no_sense_is_refused(string patch, int code, string message)
    {
        var failure = StrategicMergePatch.Apply(
            JsonNode.Parse(Pod)!.AsObject(), JsonNode.Parse(patch), BuiltInTypes.Get("v1", "Pod")).Failure!;

        Assert.Equal((code, message), (failure.Code, failure.Message));
    }
}
