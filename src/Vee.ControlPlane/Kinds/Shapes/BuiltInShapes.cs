namespace Vee.ControlPlane.Kinds.Shapes;

using static FieldShape;

/// <summary>The built-in kinds that are read field by field.</summary>
/// <remarks>Source: <c>k8s.io/api</c>, types.go of each group.</remarks>
internal static class BuiltInShapes
{
    private static readonly FieldShape Metadata = Struct(new(
        "ObjectMeta", isOpen: false,
        ("name", Text), ("generateName", Text), ("namespace", Text), ("selfLink", Text), ("uid", Text),
        ("resourceVersion", Text), ("generation", Int64), ("creationTimestamp", Time), ("deletionTimestamp", Time),
        ("deletionGracePeriodSeconds", Int64.Pointer), ("labels", TextMap), ("annotations", TextMap),
        ("ownerReferences", ListOf(Struct(new(
            "OwnerReference", isOpen: false,
            ("apiVersion", Text.OrBlank), ("kind", Text.OrBlank), ("name", Text.OrBlank), ("uid", Text.OrBlank),
            ("controller", Flag.Pointer), ("blockOwnerDeletion", Flag.Pointer))))),
        ("finalizers", TextList), ("managedFields", Any))).OrEmpty;

    private static readonly FieldShape ObjectReference = Struct(new(
        "ObjectReference", isOpen: false,
        ("kind", Text), ("namespace", Text), ("name", Text), ("uid", Text), ("apiVersion", Text),
        ("resourceVersion", Text), ("fieldPath", Text)));

    private static readonly FieldShape EventSource =
        Struct(new("EventSource", isOpen: false, ("component", Text), ("host", Text))).OrEmpty;

    private static readonly FieldShape Condition = Struct(new(
        "Condition", isOpen: false,
        ("type", Text.OrBlank), ("status", Text.OrBlank), ("observedGeneration", Int64),
        ("lastTransitionTime", Time.OrNull), ("reason", Text), ("message", Text)));

    /// <summary>A kind of which only the metadata is known.</summary>
    internal static Shape Open(string kind) => new(
        kind, isOpen: true, ("apiVersion", Text), ("kind", Text), ("metadata", Metadata));

    internal static readonly Shape Namespace = Closed(
        "Namespace",
        ("spec", Struct(new("NamespaceSpec", isOpen: false, ("finalizers", TextList))).OrEmpty),
        ("status", Struct(new(
            "NamespaceStatus", isOpen: false, ("phase", Text), ("conditions", ListOf(Condition)))).OrEmpty));

    internal static readonly Shape ConfigMap = Closed(
        "ConfigMap", ("immutable", Flag.Pointer), ("data", TextMap), ("binaryData", MapOf(Bytes)));

    internal static readonly Shape Secret = Closed(
        "Secret",
        ("immutable", Flag.Pointer), ("data", MapOf(Bytes)), ("stringData", TextMap), ("type", Text));

    internal static readonly Shape Lease = Closed(
        "Lease",
        ("spec", Struct(new(
            "LeaseSpec", isOpen: false,
            ("holderIdentity", Text.Pointer), ("leaseDurationSeconds", Int32.Pointer), ("acquireTime", MicroTime),
            ("renewTime", MicroTime), ("leaseTransitions", Int32.Pointer), ("strategy", Text.Pointer),
            ("preferredHolder", Text.Pointer))).OrEmpty));

    internal static readonly Shape CoreEvent = Closed(
        "Event",
        ("involvedObject", ObjectReference.OrEmpty), ("reason", Text), ("message", Text), ("source", EventSource),
        ("firstTimestamp", Time.OrNull), ("lastTimestamp", Time.OrNull), ("count", Int32), ("type", Text),
        ("eventTime", MicroTime.OrNull), ("series", Struct(new(
            "EventSeries", isOpen: false, ("count", Int32), ("lastObservedTime", MicroTime))).Pointer),
        ("action", Text), ("related", ObjectReference.Pointer), ("reportingComponent", Text.OrBlank),
        ("reportingInstance", Text.OrBlank));

    internal static readonly Shape Event = Closed(
        "Event",
        ("eventTime", MicroTime.OrNull), ("series", Struct(new(
            "EventSeries", isOpen: false, ("count", Int32), ("lastObservedTime", MicroTime))).Pointer),
        ("reportingController", Text), ("reportingInstance", Text), ("action", Text), ("reason", Text),
        ("regarding", ObjectReference.OrEmpty), ("related", ObjectReference.Pointer), ("note", Text), ("type", Text),
        ("deprecatedSource", EventSource), ("deprecatedFirstTimestamp", Time.OrNull),
        ("deprecatedLastTimestamp", Time.OrNull), ("deprecatedCount", Int32));

    private static Shape Closed(string kind, params ReadOnlySpan<(string, FieldShape)> fields) => new(
        kind, isOpen: false, [("apiVersion", Text), ("kind", Text), ("metadata", Metadata), .. fields]);
}
