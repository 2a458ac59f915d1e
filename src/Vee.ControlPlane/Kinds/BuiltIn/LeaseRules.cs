using System.Text.Json.Nodes;
using Vee.ControlPlane.Kinds.Shapes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Kinds.BuiltIn;

/// <summary>Leases, by which programs agree who leads.</summary>
/// <remarks>Source: <c>pkg/apis/coordination/validation</c> of Kubernetes.</remarks>
internal sealed class LeaseRules() : BuiltInKindRules(
    "coordination.k8s.io/v1", "Lease", isNamespaced: true,
    new()
    {
        AllowsUnconditionalUpdate = false,
        AllowsCreateOnUpdate = true,
        Columns = BuiltInColumns.Lease,
    },
    BuiltInShapes.Lease)
{
    protected override void Validate(JsonObject value, List<FieldError> errors)
    {
        var spec = FieldPath.Of("spec");
        if (Json.At(value, "spec", "leaseDurationSeconds") is { } duration
            && Json.TryGetLong(duration, out var seconds) && seconds <= 0)
        {
            errors.Add(FieldError.Invalid(spec.Child("leaseDurationSeconds"), duration, "must be greater than 0"));
        }

        if (Json.At(value, "spec", "leaseTransitions") is { } transitions
            && Json.TryGetLong(transitions, out var count) && count < 0)
        {
            errors.Add(FieldError.Invalid(
                spec.Child("leaseTransitions"), transitions, "must be greater than or equal to 0"));
        }

        if (Json.At(value, "spec", "strategy") is null && Json.At(value, "spec", "preferredHolder") is
            { } preferred && Json.GetString(preferred)?.Length > 0)
        {
            errors.Add(FieldError.Forbidden(
                spec.Child("preferredHolder"), "may only be specified when `strategy` is defined"));
        }
    }
}
