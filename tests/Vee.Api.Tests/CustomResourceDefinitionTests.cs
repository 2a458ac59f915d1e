using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Vee.Api.Tests;

public sealed partial class CustomResourceDefinitionTests
{
    [Fact]
    public void Kinds_are_those_that_have_controllers() => Assert.Equal(
        [
            ("vee.dev_migrationpolicies.yaml", "migrationpolicies.vee.dev", "Namespaced", "veepol"),
            ("vee.dev_simulatedhosts.yaml", "simulatedhosts.vee.dev", "Cluster", "veehost"),
            ("vee.dev_virtualmachinemigrations.yaml", "virtualmachinemigrations.vee.dev", "Namespaced", "veemig"),
            ("vee.dev_virtualmachines.yaml", "virtualmachines.vee.dev", "Namespaced", "veevm"),
        ],
        Fields.Definitions.Select(d => (
            d.FileName, d.Definition.Metadata.Name, d.Definition.Spec.Scope,
            string.Join(' ', d.Definition.Spec.Names.ShortNames))));

    [Fact]
    public void Names_follow_from_the_kind() => Assert.All(Fields.Definitions, definition =>
    {
        var names = definition.Definition.Spec.Names;
        Assert.Equal(names.Kind + "List", names.ListKind);
        Assert.Equal(names.Kind, names.Singular, ignoreCase: true);
        Assert.Equal(
            names.Singular.EndsWith('y') ? names.Singular[..^1] + "ies" : names.Singular + "s", names.Plural);
        Assert.Equal(["vee"], names.Categories);
    });

    [Fact]
    public void The_one_version_is_served_stored_and_has_a_status() => Assert.All(Fields.Definitions, definition =>
    {
        var version = Assert.Single(definition.Definition.Spec.Versions);
        Assert.Equal(ApiGroup.Version, version.Name);
        Assert.True(version.Served && version.Storage);
        Assert.NotNull(version.Subresources.Status);
        Assert.Equal("object", version.Schema.OpenAPIV3Schema.Type);
        Assert.Equal(["spec"], version.Schema.OpenAPIV3Schema.Required);
    });

    [Fact]
    public void Columns_show_fields_that_exist() => Assert.All(
        Fields.Definitions,
        definition => Assert.All(
            definition.Definition.Spec.Versions.Single().AdditionalPrinterColumns,
            column =>
            {
                var path = Index.Replace(column.JsonPath, "[]");
                var paths = Fields.Below(Fields.RootOf(definition)).ToDictionary(node => node.Path);
                if (path != ".metadata.creationTimestamp")
                {
                    Assert.Equal(column.Type, paths[path].Schema.Type);
                }
            }));

    [Fact]
    public void Text_is_the_same_each_time() => Assert.Equal(
        Fields.Definitions.Select(d => d.Yaml), CustomResourceDefinitions.Generate().Select(d => d.Yaml));

    [Fact]
    public void Text_says_what_the_object_says() => Assert.All(Fields.Definitions, definition =>
    {
        var json = JsonNode.Parse(Fields.Json(definition.Definition));
        Assert.True(JsonNode.DeepEquals(json, Yaml.Read(definition.Yaml)), definition.FileName);
    });

    [Fact]
    public void Text_names_the_command_that_writes_it() => Assert.All(Fields.Definitions, definition =>
    {
        Assert.StartsWith("#", definition.Yaml, StringComparison.Ordinal);
        Assert.Contains(CustomResourceDefinitions.Command, definition.Yaml.Split('\n')[0], StringComparison.Ordinal);
        Assert.EndsWith("\n", definition.Yaml, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', definition.Yaml);
    });

    [Fact]
    public void Committed_files_are_up_to_date() => Assert.Empty(
        from definition in Fields.Definitions
        where Repository.Read("crds", definition.FileName) != definition.Yaml
        select $"crds/{definition.FileName} is stale: run {CustomResourceDefinitions.Command} and commit the result");

    [Fact]
    public void Kustomization_lists_every_file() => Assert.All(
        Fields.Definitions,
        definition => Assert.Contains(
            $"- {definition.FileName}\n", Repository.Read("crds", "kustomization.yaml"), StringComparison.Ordinal));

    [Fact]
    public void Changing_a_definition_changes_no_later_one()
    {
        CustomResourceDefinitions.Generate()[0].Definition.Spec.Group = "example.org";
        Assert.Equal(ApiGroup.Name, CustomResourceDefinitions.Generate()[0].Definition.Spec.Group);
    }

    [GeneratedRegex(@"\[[^\]]*\]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Index { get; }
}
