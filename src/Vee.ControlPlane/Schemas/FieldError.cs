using System.Globalization;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>One thing that is wrong with one field.</summary>
/// <param name="Type">What kind of thing.</param>
/// <param name="Field">Where, as text.</param>
/// <param name="Value">The bad value as Kubernetes prints it; null when it is not shown.</param>
/// <param name="Detail">Why it is wrong; may be empty.</param>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/util/validation/field</c>.</remarks>
internal sealed record FieldError(FieldErrorType Type, string Field, string? Value, string Detail)
{
    /// <summary>The <c>reason</c> of a cause, for example <c>FieldValueInvalid</c>.</summary>
    internal string Reason => Type == FieldErrorType.Internal ? "InternalError" : $"FieldValue{Type}";

    /// <summary>The text without the field: the <c>message</c> of a cause.</summary>
    internal string Body
    {
        get
        {
            var body = Value is null ? Title : $"{Title}: {Value}";
            return Detail.Length == 0 ? body : $"{body}: {Detail}";
        }
    }

    private string Title => Type switch
    {
        FieldErrorType.Required => "Required value",
        FieldErrorType.Invalid or FieldErrorType.TypeInvalid => "Invalid value",
        FieldErrorType.NotSupported => "Unsupported value",
        FieldErrorType.Duplicate => "Duplicate value",
        FieldErrorType.NotFound => "Not found",
        FieldErrorType.TooLong => "Too long",
        FieldErrorType.TooShort => "Too short",
        FieldErrorType.TooMany => "Too many",
        FieldErrorType.TooFew => "Too few",
        FieldErrorType.Forbidden => "Forbidden",
        _ => "Internal error",
    };

    internal static FieldError Required(FieldPath path, string detail = "") =>
        new(FieldErrorType.Required, path.ToString(), null, detail);

    internal static FieldError Forbidden(FieldPath path, string detail) =>
        new(FieldErrorType.Forbidden, path.ToString(), null, detail);

    internal static FieldError Invalid(FieldPath path, JsonNode? value, string detail) =>
        new(FieldErrorType.Invalid, path.ToString(), GoText.Value(value), detail);

    /// <summary>An invalid value that is not shown.</summary>
    internal static FieldError InvalidUnshown(FieldPath path, string detail) =>
        new(FieldErrorType.Invalid, path.ToString(), null, detail);

    /// <summary>An invalid value in a form of its own.</summary>
    internal static FieldError InvalidShown(FieldPath path, string shown, string detail) =>
        new(FieldErrorType.Invalid, path.ToString(), shown, detail);

    internal static FieldError TypeInvalid(FieldPath path, JsonNode? value, string detail) =>
        new(FieldErrorType.TypeInvalid, path.ToString(), GoText.Value(value), detail);

    internal static FieldError Duplicate(FieldPath path, JsonNode? value) =>
        new(FieldErrorType.Duplicate, path.ToString(), GoText.Value(value), "");

    internal static FieldError NotFound(FieldPath path, JsonNode? value) =>
        new(FieldErrorType.NotFound, path.ToString(), GoText.Value(value), "");

    internal static FieldError Internal(FieldPath path, string detail) =>
        new(FieldErrorType.Internal, path.ToString(), null, detail);

    /// <summary>A value outside the enumeration that the detail lists.</summary>
    internal static FieldError NotSupported(FieldPath path, JsonNode? value, IEnumerable<string> supported)
    {
        var quoted = string.Join(", ", supported.Select(GoText.Quote));
        var detail = quoted.Length == 0 ? "" : $"supported values: {quoted}";
        return new(FieldErrorType.NotSupported, path.ToString(), GoText.Value(value), detail);
    }

    /// <param name="path">Where.</param>
    /// <param name="bytesMax">The bound, which Kubernetes calls bytes also where it counts characters.</param>
    internal static FieldError TooLong(FieldPath path, long bytesMax) => new(
        FieldErrorType.TooLong, path.ToString(), null,
        string.Create(
            CultureInfo.InvariantCulture, $"may not be more than {bytesMax} {(bytesMax == 1 ? "byte" : "bytes")}"));

    /// <param name="path">Where.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="countMax">How many there may be.</param>
    internal static FieldError TooMany(FieldPath path, long count, long countMax) => new(
        FieldErrorType.TooMany, path.ToString(), count.ToString(CultureInfo.InvariantCulture),
        string.Create(
            CultureInfo.InvariantCulture, $"must have at most {countMax} {(countMax == 1 ? "item" : "items")}"));

    /// <summary>The cause of a Status: reason, message and field.</summary>
    internal JsonObject ToCause() => new() { ["reason"] = Reason, ["message"] = Body, ["field"] = Field };

    public override string ToString() => $"{Field}: {Body}";
}
