using System.Text.Json.Nodes;
using Vee.ControlPlane.Definitions;
using Vee.ControlPlane.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Schemas;

public sealed class DefinitionRulesTests
{
    private const string Schema = "spec.validation.openAPIV3Schema";

    [Theory]
    [InlineData("""{"type":"string"}""", Schema + ".type: Invalid value: \"string\": must be object at the root")]
    [InlineData("""{"properties":{}}""", Schema + ".type: Required value: must not be empty at the root")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"string"}}""",
        Schema + ".additionalProperties: Forbidden: must not be used at the root")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array"}}}""",
        Schema + ".properties[a].items: Required value: must be specified")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"int"}}}""",
        Schema + ".properties[a].type: Unsupported value: \"int\": supported values: \"array\", \"boolean\", " +
        "\"integer\", \"number\", \"object\", \"string\"")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","default":"x"}}}""",
        Schema + ".properties[a].default: Invalid value: \"string\":  in body must be of type integer: \"string\"")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","default":{"x":1}}}}""",
        Schema + ".properties[a].default: Invalid value: {\"x\":1}: must not have unknown fields")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","uniqueItems":true,""" +
        """ "items":{"type":"string"}}}}""",
        Schema + ".properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime " +
        "complexity becomes quadratic")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","x-kubernetes-list-type":"map","items":{""" +
        """ "type":"object"}}}}""",
        Schema + ".properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if " +
        "x-kubernetes-list-type is map")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","x-kubernetes-list-type":"map",""" +
        """ "x-kubernetes-list-map-keys":["k"],"items":{"type":"object","properties":{"k":{"type":"string"}}}}}}""",
        Schema + ".properties[a].items.properties[k].default: Required value: this property is in " +
        "x-kubernetes-list-map-keys, so it must have a default or be a required property")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","pattern":"("}}}""",
        Schema + ".properties[a].pattern: Invalid value: \"(\": must be a valid regular expression, but isn't: ")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","anyOf":[{"type":"string"}]}}}""",
        Schema + ".properties[a].anyOf[0].type: Forbidden: must be empty to be structural")]
    [InlineData("""{"type":"object","anyOf":[{"properties":{"b":{"minimum":1}}}]}""",
        Schema + ".properties[b]: Required value: because it is defined in " + Schema + ".anyOf[0].properties[b]")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","x-kubernetes-validations":[{"rule":""}]}}}""",
        Schema + ".properties[a].x-kubernetes-validations[0].rule: Required value: rule is not specified")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{"type":"string",""" +
        """ "x-kubernetes-validations":[{"rule":"self == oldSelf"}]}}}}""",
        Schema + ".properties[a].items.x-kubernetes-validations[0].rule: Invalid value: \"self == oldSelf\": oldSelf " +
        "cannot be used on the uncorrelatable portion of the schema within " + Schema + ".properties[a]")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","x-kubernetes-validations":[{"rule":"1"}]}}}""",
        Schema + ".properties[a].x-kubernetes-validations[0].rule: Invalid value: {\"Rule\":\"1\",\"Message\":\"\"," +
        "\"MessageExpression\":\"\",\"Reason\":null,\"FieldPath\":\"\",\"OptionalOldSelf\":null}: cel expression " +
        "must evaluate to a bool")]
    [InlineData("""{"type":"object","properties":{"metadata":{"type":"object",""" +
        """ "properties":{"x":{"type":"string"}}}}}""",
        Schema + ".properties[metadata]: Forbidden: must not specify anything other than name and generateName, but " +
        "metadata is implicitly specified")]
    [InlineData("""{"type":"object","properties":{"a":{"x-kubernetes-int-or-string":true,""" +
        """ "anyOf":[{"type":"integer"},""" +
        """{"type":"string"}]}}}""", "")]
    public void Schema_is_answered_with(string schema, string start)
    {
        var definition = Definition(schema);

        var errors = CustomResourceDefinitions.ValidateCreate(definition);

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
    public void Names_versions_columns_and_paths_are_checked()
    {
        var definition = Definition("""{"type":"object"}""");
        var spec = definition["spec"]!.AsObject();
        spec["group"] = "nodot";
        spec["scope"] = "World";
        spec["names"] = JsonNode.Parse(
            """{"plural":"ks","singular":"k","kind":"K","listKind":"K","shortNames":["A"]}""");
        var version = spec["versions"]![0]!.AsObject();
        version["additionalPrinterColumns"] = JsonNode.Parse("""[{"name":"a","type":"int","jsonPath":"x"}]""");
        version["subresources"] = JsonNode.Parse("""{"scale":{"specReplicasPath":".x","statusReplicasPath":""}}""");

        var fields = CustomResourceDefinitions.ValidateCreate(definition).Select(e => e.Field);

        Assert.Equal(
            [
                "metadata.name", "spec.additionalPrinterColumns[0].JSONPath", "spec.additionalPrinterColumns[0].type",
                "spec.group", "spec.names.listKind", "spec.names.shortNames[0]", "spec.scope",
                "spec.subresources.scale.specReplicasPath", "spec.subresources.scale.statusReplicasPath",
            ],
            fields.Order(StringComparer.Ordinal).ToArray());
    }

    [Fact]
    public void Decode_drops_unknown_and_empty_fields_and_reports_the_unknown()
    {
        var definition = Definition(
            """{"type":"object","required":[],"bogus":1,"properties":{"a":{"type":"string","nullable":false}}}""");
        definition["spec"]!["extra"] = true;

        Assert.Equal(
            [
                "unknown field \"spec.extra\"", "unknown field \"spec.versions[0].schema.openAPIV3Schema.bogus\"",
            ],
            CustomResourceDefinitions.Decode(definition));
        Assert.Equal(
            """{"properties":{"a":{"type":"string"}},"type":"object"}""",
            Json.ToGoString(definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]));
        Assert.Empty(CustomResourceDefinitions.Decode(definition));
    }

    private static JsonObject Definition(string schema)
    {
        var definition = JsonNode.Parse(
            """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"ks.g.x"},
            "spec":{"group":"g.x","scope":"Cluster",
            "names":{"plural":"ks","singular":"k","kind":"K","listKind":"KList"},
            "versions":[{"name":"v1","served":true,"storage":true,"schema":{}}]}}
            """)!.AsObject();
        definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"] = JsonNode.Parse(schema);
        CustomResourceDefinitions.PrepareForCreate(definition);
        return definition;
    }
}
