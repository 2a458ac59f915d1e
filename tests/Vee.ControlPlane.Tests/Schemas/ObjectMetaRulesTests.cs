using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Schemas;

public sealed class ObjectMetaRulesTests
{
    [Theory]
    [InlineData("""{"name":"a.b-1"}""", "")]
    [InlineData("""{"name":"x","generateName":"gen-"}""", "")]
    [InlineData("""{"name":"x","generateName":"Gen-"}""",
        "metadata.generateName: Invalid value: \"Gen-\": a lowercase")]
    [InlineData("""{}""", "metadata.name: Required value: name or generateName is required")]
    [InlineData("""{"name":"x","namespace":"n"}""", "metadata.namespace: Forbidden: not allowed on this type")]
    [InlineData("""{"name":"x","labels":{"k":"a b"}}""",
        "metadata.labels: Invalid value: \"a b\": a valid label must be an empty string or consist of")]
    [InlineData("""{"name":"x","labels":{"a/b/c":"v"}}""",
        "metadata.labels: Invalid value: \"a/b/c\": a valid label key must consist of")]
    [InlineData("""{"name":"x","labels":{"/b":"v"}}""",
        "metadata.labels: Invalid value: \"/b\": prefix part must be non-empty")]
    [InlineData("""{"name":"x","finalizers":["a b"]}""", "metadata.finalizers: Invalid value: \"a b\": name part must")]
    [InlineData("""{"name":"x","finalizers":["orphan","foregroundDeletion"]}""",
        "metadata.finalizers: Invalid value: [\"orphan\",\"foregroundDeletion\"]: finalizer foregroundDeletion and")]
    [InlineData("""{"name":"x","ownerReferences":[{"apiVersion":"v1","kind":"K","name":"n"}]}""",
        "metadata.ownerReferences[0].uid: Required value: must not be empty")]
    public void New_metadata_is_answered_with(string metadata, string start)
    {
        var errors = ObjectMetaRules.Validate(
            JsonNode.Parse(metadata)!.AsObject(), isNamespaced: false, NameRule.Subdomain);

        if (start.Length == 0)
        {
            Assert.Empty(errors);
        }
        else
        {
            Assert.StartsWith(start, Assert.Single(errors).ToString());
        }
    }

    [Fact]
    public void Long_names_labels_and_annotations_are_refused()
    {
        var metadata = new JsonObject
        {
            ["name"] = new string('a', 254),
            ["labels"] = new JsonObject { [new string('k', 64)] = new string('v', 64) },
            ["annotations"] = new JsonObject { ["a"] = new string('x', 256 * 1024) },
        };

        var errors = ObjectMetaRules.Validate(metadata, isNamespaced: false, NameRule.Subdomain);

        Assert.Equal(
            [
                "must be no more than 253 characters", "name part must be no more than 63 bytes",
                "must be no more than 63 bytes", "may not be more than 262144 bytes",
            ],
            errors.Select(e => e.Detail).ToArray());
    }

    [Fact]
    public void Update_keeps_identity_and_adds_no_finalizer_to_what_is_being_deleted()
    {
        var old = JsonNode.Parse(
            """{"name":"a","uid":"1","deletionTimestamp":"2026-01-01T00:00:00Z","finalizers":["x.y/z"]}""")!
            .AsObject();
        var value = JsonNode.Parse(
            """{"name":"b","uid":"2","deletionTimestamp":"2026-01-01T00:00:00Z","finalizers":["x.y/z","x.y/n"]}""")!
            .AsObject();

        Assert.Equal(
            [
                "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, " +
                "found new finalizers []string{\"x.y/n\"}",
                "metadata.name: Invalid value: \"b\": field is immutable",
                "metadata.uid: Invalid value: \"2\": field is immutable",
            ],
            ObjectMetaRules.ValidateUpdate(value, old).Select(e => e.ToString()).ToArray());
    }

    [Fact]
    public void Metadata_of_wrong_types_is_described_as_Go_does()
    {
        Assert.Equal(
            "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string",
            ObjectMetaShape.FindError(JsonNode.Parse("""{"labels":{"a":1}}""")));
        Assert.Equal(
            "json: cannot unmarshal array into Go struct field ObjectMeta.name of type string",
            ObjectMetaShape.FindError(JsonNode.Parse("""{"name":[]}""")));
    }
}
