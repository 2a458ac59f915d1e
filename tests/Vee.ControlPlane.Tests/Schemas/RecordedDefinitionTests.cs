using Vee.ControlPlane.Definitions;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Schemas;

public sealed class RecordedDefinitionTests
{
    private static readonly ObjectType Type =
        BuiltInTypes.Get(CustomResourceDefinitions.ApiVersion, CustomResourceDefinitions.Kind);

    public static TheoryData<string, int> Creates =>
        [.. RecordedCreateTests.Indices("04-crd", e => e.Method == "POST")];

    [Theory]
    [MemberData(nameof(Creates))]
    public void Create_of_a_definition_is_answered_as_recorded(string name, int index)
    {
        var exchange = Recorded.Topic("04-crd")[index];
        var value = exchange.Request!;

        Assert.Empty(CustomResourceDefinitions.Decode(value));
        CustomResourceDefinitions.PrepareForCreate(value);
        var errors = CustomResourceDefinitions.ValidateCreate(value);

        if (exchange.Status == 422)
        {
            Assert.Equal(exchange.Causes, RecordedExchange.CausesOf(errors));
            Assert.Equal(exchange.Message, RecordedExchange.Sorted(FieldErrors.Aggregate(errors).Split(", ")));
            return;
        }

        Assert.Empty(errors);
        new FieldOwnership(Recorded.Types(), TimeProvider.System).Update(
            new() { Type = Type, Manager = "unknown", ResetFields = FieldSet.OfTopLevel("status") }, live: null, value);
        RecordedCreateTests.AssertSame(exchange.Response, value, name);
    }

    [Fact]
    public void Acceptance_of_names_is_owned_as_recorded()
    {
        var live = Recorded.One("04-crd", "create").Response;
        var expected = Recorded.One("04-crd", "established").Response;
        var value = expected.DeepClone().AsObject();
        value["metadata"]!["managedFields"] = live["metadata"]!["managedFields"]!.DeepClone();

        new FieldOwnership(Recorded.Types(), TimeProvider.System).Update(
            new()
            {
                Type = Type,
                Manager = "kube-apiserver",
                Subresource = "status",
                ResetFields = FieldSet.OfTopLevel("metadata", "spec"),
            },
            live, value);

        RecordedCreateTests.AssertSame(expected, value, "established");
    }

    [Fact]
    public void Update_of_a_definition_is_answered_as_recorded()
    {
        var topic = Recorded.Topic("14-crd-update");
        var live = topic[0].Response;
        var added = topic.Single(e => e.Name == "add a field with a default");
        var value = added.Request!;
        CustomResourceDefinitions.Decode(value);
        CustomResourceDefinitions.PrepareForUpdate(value, live);
        foreach (var field in (string[])["uid", "resourceVersion", "creationTimestamp", "generation"])
        {
            value["metadata"]![field] = live["metadata"]![field]?.DeepClone();
        }

        Assert.Empty(CustomResourceDefinitions.ValidateUpdate(value, live));
        new FieldOwnership(Recorded.Types(), TimeProvider.System).Update(
            new() { Type = Type, Manager = "unknown", ResetFields = FieldSet.OfTopLevel("status") }, live, value);
        RecordedCreateTests.AssertSame(added.Response, value, added.Name);

        var scope = topic.Single(e => e.Name == "scope is immutable");
        var patched = JsonMergePatch.Apply(value, scope.Body).Value!;
        Assert.Equal(
            scope.Causes, RecordedExchange.CausesOf(CustomResourceDefinitions.ValidateUpdate(patched, value)));
    }

    [Fact]
    public void Stored_objects_show_new_defaults()
    {
        var topic = Recorded.Topic("14-crd-update");
        var expected = topic.Single(e => e.Name == "old objects show the new default on read").Response;
        var value = expected.DeepClone().AsObject();
        value["spec"]!.AsObject().Remove("extra");

        CustomResourceRules.Of(topic[1].Request!, "v1").Decode(value);

        RecordedCreateTests.AssertSame(expected, value, "new default");
    }
}
