using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s.Models;
using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Xunit;

namespace Vee.Api.Tests;

public sealed partial class SchemaTests
{
    [Fact]
    public void Schema_has_the_fields_that_json_has()
    {
        AssertSameFields(VirtualMachine.KindName, Complete.Machine());
        AssertSameFields(SimulatedHost.KindName, Complete.Host());
        AssertSameFields(MigrationPolicy.KindName, CompleteMigration.Policy());
        AssertSameFields(VirtualMachineMigration.KindName, CompleteMigration.Migration());
    }

    [Fact]
    public void Everything_is_bounded() => Assert.Empty(
        from node in Fields.All()
        let missing = MissingBound(node.Schema)
        where missing is not null
        select $"{node.Path} has no {missing}");

    [Fact]
    public void Bounds_are_in_order() => Assert.Empty(
        from node in Fields.All()
        let schema = node.Schema
        where schema.Minimum > schema.Maximum || schema.MinLength > schema.MaxLength
            || schema.MinItems > schema.MaxItems || schema.MinProperties > schema.MaxProperties
        select node.Path);

    [Fact]
    public void Nothing_of_a_spec_has_a_default_and_nothing_may_be_null() => Assert.Empty(
        from node in Fields.All()
        where (node.Schema.DefaultProperty is not null && !node.Path.EndsWith(".status", StringComparison.Ordinal))
            || node.Schema.Nullable is not null
        select node.Path);

    [Fact]
    public void Every_node_is_structural() => Assert.Empty(
        from node in Fields.All()
        where node.Schema.Type is null
            || (node.Schema.Type == "array") != (node.Schema.Items is not null)
            || (node.Schema.Type == "array") != (node.Schema.XKubernetesListType is not null)
            || (node.Schema.AdditionalProperties is not null && node.Schema.Properties is not null)
        select node.Path);

    [Fact]
    public void Keys_of_lists_are_required_in_their_items() => Assert.Empty(
        from node in Fields.All()
        from key in node.Schema.XKubernetesListMapKeys ?? []
        where !((V1JSONSchemaProps)node.Schema.Items).Required.Contains(key)
        select $"{node.Path}: {key}");

    [Fact]
    public void A_field_is_required_when_its_property_cannot_be_null()
    {
        var context = new NullabilityInfoContext();
        var members =
            from type in HeldBy(Complete.Machine()).Concat(HeldBy(Complete.Host()))
                .Concat(HeldBy(CompleteMigration.Policy())).Concat(HeldBy(CompleteMigration.Migration())).Distinct()
            from property in type.GetProperties()
            select property;
        Assert.Empty(
            from property in members
            let isNullable = Nullable.GetUnderlyingType(property.PropertyType) is not null
                || context.Create(property).ReadState == NullabilityState.Nullable
            where isNullable == property.IsDefined(typeof(RequiredAttribute))
            select $"{property.DeclaringType!.Name}.{property.Name}");
    }

    [Fact]
    public void Every_field_is_explained_in_words_of_the_api() => Assert.Empty(
        from node in Fields.All()
        where !node.Path.EndsWith("[]", StringComparison.Ordinal) && !node.Path.EndsWith("{}", StringComparison.Ordinal)
            && !node.Path.Contains(".metadata", StringComparison.Ordinal)
        let text = node.Schema.Description ?? ""
        where text.Length < 5 || !text.EndsWith('.') || MarkUp.IsMatch(text)
        select $"{node.Path}: {text}");

    [Fact]
    public void Rules_say_what_is_wrong_in_a_line() => Assert.All(
        from node in Fields.All()
        from rule in node.Schema.XKubernetesValidations ?? []
        select (node.Path, rule),
        rule =>
        {
            Assert.False(string.IsNullOrWhiteSpace(rule.rule.Message), rule.Path);
            Assert.DoesNotContain('\n', rule.rule.Rule + rule.rule.Message);
        });

    [Fact]
    public void Paths_of_rules_lead_to_fields() => Assert.All(
        from node in Fields.All()
        from rule in node.Schema.XKubernetesValidations ?? []
        where rule.FieldPath is not null
        select (node.Schema, rule.FieldPath),
        rule => Assert.Contains(rule.FieldPath, Fields.Below(rule.Schema).Select(below => below.Path)));

    [Fact]
    public void Unions_and_immutable_fields_have_their_rules()
    {
        var rules = Fields.All().Where(node => node.Schema.XKubernetesValidations is { Count: > 0 });
        Assert.Equal(
            [
                "MigrationPolicy.spec.bandwidth", "MigrationPolicy.spec.ladder", "MigrationPolicy.spec.selector",
                "SimulatedHost", "SimulatedHost.spec", "SimulatedHost.spec.agentSelector",
                "SimulatedHost.spec.hardware",
                "SimulatedHost.spec.hardware.cacheDomains[].size",
                "SimulatedHost.spec.hardware.cores[].cyclesPerInstruction",
                "SimulatedHost.spec.hardware.costs.contextSwitch.time", "SimulatedHost.spec.hardware.costs.perPage",
                "SimulatedHost.spec.hardware.costs.perPage{}.time",
                "SimulatedHost.spec.hardware.costs.vcpuMigration.time", "SimulatedHost.spec.hardware.disk.bandwidth",
                "SimulatedHost.spec.hardware.disk.latency", "SimulatedHost.spec.hardware.memory.size",
                "SimulatedHost.spec.hardware.nic.bandwidth", "SimulatedHost.spec.hardware.nic.queue",
                "SimulatedHost.spec.hostWork.tasks[]", "SimulatedHost.spec.hostWork.tasks[].cpu",
                "SimulatedHost.spec.hostWork.tasks[].pause",
                "SimulatedHost.spec.links[].bandwidth", "SimulatedHost.spec.links[].jitter",
                "SimulatedHost.spec.links[].latency", "SimulatedHost.spec.probes[]",
                "SimulatedHost.spec.probes[].address", "SimulatedHost.spec.probes[].interval",
                "SimulatedHost.spec.probes[].slowAfter", "SimulatedHost.spec.probes[].target",
                "SimulatedHost.spec.probes[].tcp.reconnectAfter", "SimulatedHost.spec.probes[].udp.lostAfter",
                "SimulatedHost.spec.scheduler.options",
                "VirtualMachine.spec", "VirtualMachine.spec.memory.size", "VirtualMachine.spec.network.address",
                "VirtualMachine.spec.placement.hostSelector", "VirtualMachine.spec.ports",
                "VirtualMachine.spec.source", "VirtualMachine.spec.source.image",
                "VirtualMachineMigration.spec", "VirtualMachineMigration.spec.policy.bandwidth",
                "VirtualMachineMigration.spec.policy.ladder", "VirtualMachineMigration.spec.target.hostSelector",
                "VirtualMachineMigration.status.effectivePolicy.bandwidth",
                "VirtualMachineMigration.status.effectivePolicy.ladder",
            ],
            rules.Select(node => node.Path).Order(StringComparer.Ordinal));
    }

    /// <summary>The types of ours in an object.</summary>
    private static IEnumerable<Type> HeldBy(object value) => value switch
    {
        string => [],
        IEnumerable list => list.Cast<object>().SelectMany(HeldBy),
        _ when value.GetType().Assembly != typeof(VirtualMachine).Assembly => [],
        VirtualMachine machine => HeldBy(machine.Spec).Concat(HeldBy(machine.Status!)),
        SimulatedHost host => HeldBy(host.Spec).Concat(HeldBy(host.Status!)),
        MigrationPolicy policy => HeldBy(policy.Spec).Concat(HeldBy(policy.Status!)),
        VirtualMachineMigration migration => HeldBy(migration.Spec).Concat(HeldBy(migration.Status!)),
        _ => value.GetType().GetProperties().Select(p => p.GetValue(value)).OfType<object>().SelectMany(HeldBy)
            .Prepend(value.GetType()),
    };

    private static void AssertSameFields(string kind, object complete)
    {
        var schema = Fields.RootOf(kind);
        var inSchema = Fields.Below(schema).Select(node => node.Path)
            .Where(path => !path.StartsWith(".metadata.", StringComparison.Ordinal));
        var inJson = Fields.PathsOf(JsonNode.Parse(Fields.Json(complete)), schema);
        Assert.Equal(inSchema.Order(), inJson.Distinct().Order());
    }

    /// <summary>What would keep a value of this schema from growing without end.</summary>
    private static string? MissingBound(V1JSONSchemaProps schema) => schema.Type switch
    {
        "string" when schema.MaxLength is null && schema.EnumProperty is null && schema.Format is null =>
            "maxLength, enum or format",
        "array" when schema.MaxItems is null => "maxItems",
        "object" when schema.AdditionalProperties is not null && schema.MaxProperties is null => "maxProperties",
        "integer" when schema.Minimum is null || schema.Maximum is null => "minimum and maximum",
        "string" or "array" or "object" or "integer" or "boolean" => null,
        _ => "known type",
    };

    [GeneratedRegex(@"<|>|cref|\b[PTFM]:|  |\n", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MarkUp { get; }
}
