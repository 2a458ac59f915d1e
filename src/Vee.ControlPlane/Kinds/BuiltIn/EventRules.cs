using System.Text.Json.Nodes;
using Vee.ControlPlane.Kinds.Shapes;
using Vee.ControlPlane.Objects;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Selectors;

namespace Vee.ControlPlane.Kinds.BuiltIn;

/// <summary>Events, stored once and served as <c>v1</c> and as <c>events.k8s.io/v1</c>.</summary>
/// <remarks>Source: <c>pkg/apis/core/validation/events.go</c> and the conversions of <c>pkg/apis/events</c>.</remarks>
internal sealed class EventRules : BuiltInKindRules
{
    private const int ShortMax = 128;
    private const int MessageMax = 1024;

    /// <summary>The names of fields in <c>v1</c> and in <c>events.k8s.io/v1</c>, where they differ.</summary>
    private static readonly (string Core, string Events)[] Renamed =
    [
        ("involvedObject", "regarding"), ("message", "note"), ("reportingComponent", "reportingController"),
        ("source", "deprecatedSource"), ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"),
    ];

    private static readonly string[] ReferenceFields =
        ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

    private readonly bool isCore;
    private readonly Shape shape;

    private EventRules(bool isCore)
        : base(
            isCore ? "v1" : "events.k8s.io/v1", "Event", isNamespaced: true,
            new()
            {
                AllowsCreateOnUpdate = true,
                Columns = EventColumns.All(isCore),
                Fields = Selectable(isCore),
            },
            isCore ? BuiltInShapes.CoreEvent : BuiltInShapes.Event)
    {
        this.isCore = isCore;
        shape = isCore ? BuiltInShapes.CoreEvent : BuiltInShapes.Event;
        Fields = new Dictionary<string, Func<JsonObject, string>>(base.Fields, StringComparer.Ordinal)
        {
            [isCore ? "source" : "reportingController"] = value => EventColumns.Component(value, isCore),
        };
    }

    internal static EventRules Core { get; } = new(isCore: true);

    internal static EventRules Events { get; } = new(isCore: false);

    internal override IReadOnlyDictionary<string, Func<JsonObject, string>> Fields { get; }

    internal override void FromStorage(JsonObject value)
    {
        value["apiVersion"] = ApiVersion;
        if (!isCore)
        {
            Rename(value, toCore: false);
            shape.Read(value, "", []);
        }
    }

    internal override void ToStorage(JsonObject value)
    {
        value["apiVersion"] = "v1";
        if (!isCore)
        {
            Rename(value, toCore: true);
            BuiltInShapes.CoreEvent.Read(value, "", []);
        }
    }

    protected override void Validate(JsonObject value, List<FieldError> errors)
    {
        var core = value;
        if (!isCore)
        {
            core = (JsonObject)value.DeepClone();
            Rename(core, toCore: true);
        }

        ValidateCommon(core, errors);
        if (!isCore)
        {
            ValidateNew(core, errors);
        }
    }

    /// <summary>What both versions demand.</summary>
    private void ValidateCommon(JsonObject core, List<FieldError> errors)
    {
        var about = FieldPath.Of("involvedObject", "namespace");
        var ns = core.Namespace;
        var aboutNamespace = BuiltInColumns.Text(core, "involvedObject", "namespace");
        if (core["eventTime"] is null)
        {
            if (aboutNamespace.Length == 0 ? ns.Length > 0 && ns != "default" : ns != aboutNamespace)
            {
                errors.Add(FieldError.Invalid(about, aboutNamespace, "does not match event.namespace"));
            }

            return;
        }

        if (aboutNamespace.Length == 0 && ns is not ("default" or "kube-system"))
        {
            errors.Add(FieldError.Invalid(about, aboutNamespace, "does not match event.namespace"));
        }

        var by = FieldPath.Of(isCore ? "reportingComponent" : "reportingController");
        var reporter = BuiltInColumns.Text(core, "reportingComponent");
        if (reporter.Length == 0)
        {
            errors.Add(FieldError.Required(by));
        }

        errors.AddRange(LabelText.KeyFaults(reporter).Select(fault => FieldError.Invalid(by, reporter, fault)));
        foreach (var field in (string[])["reportingInstance", "action", "reason"])
        {
            var text = BuiltInColumns.Text(core, field);
            if (text.Length == 0)
            {
                errors.Add(FieldError.Required(FieldPath.Of(field)));
            }

            ValidateLength(text, field, ShortMax, errors);
        }

        ValidateLength(BuiltInColumns.Text(core, "message"), "message", MessageMax, errors);
    }

    /// <summary>What only <c>events.k8s.io/v1</c> demands.</summary>
    private static void ValidateNew(JsonObject core, List<FieldError> errors)
    {
        if (core["eventTime"] is null)
        {
            errors.Add(FieldError.Required(FieldPath.Of("eventTime")));
        }

        if (BuiltInColumns.Text(core, "type") is var type and not ("Normal" or "Warning"))
        {
            errors.Add(FieldError.Invalid(FieldPath.Of("type"), "", $"has invalid value: {type}"));
        }

        foreach (var field in (string[])["firstTimestamp", "lastTimestamp", "count", "source"])
        {
            if (core[field] is { } given && given is not JsonObject { Count: 0 })
            {
                errors.Add(FieldError.Invalid(FieldPath.Of(field), "", "needs to be unset"));
            }
        }
    }

    private static void ValidateLength(string text, string field, int max, List<FieldError> errors)
    {
        if (text.Length > max)
        {
            errors.Add(FieldError.Invalid(FieldPath.Of(field), "", $"can have at most {max} characters"));
        }
    }

    private static void Rename(JsonObject value, bool toCore)
    {
        foreach (var (core, events) in Renamed)
        {
            var (from, to) = toCore ? (events, core) : (core, events);
            if (value.TryGetPropertyValue(from, out var content))
            {
                value.Remove(from);
                value[to] = content;
            }
        }
    }

    private static List<string> Selectable(bool isCore)
    {
        var about = isCore ? "involvedObject" : "regarding";
        return
        [
            .. ReferenceFields.Select(f => $"{about}.{f}"), "reason", "type",
            isCore ? "reportingComponent" : "reportingController",
        ];
    }
}
