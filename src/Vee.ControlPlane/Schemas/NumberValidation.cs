using System.Globalization;
using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Schemas;

/// <summary>Checks numbers against the limits of a schema.</summary>
/// <remarks>
/// Limits are floating-point; against integers they are cut to integers, as in kube-openapi
/// (<c>validation/validate/values.go</c>), where even a factor of 0.5 becomes 0.
/// </remarks>
internal static class NumberValidation
{
    internal static void Check(
        StructuralSchema node, JsonNode value, string path, FieldPath at, ValueResult result)
    {
        var limits = node.Limits;
        CheckRange(node, Json.GetDouble(value), Json.TryGetLong(value, out _), "Checked", path, result);
        var number = new Number(node, value, path, at, result);
        if (limits.MultipleOf is { } factor)
        {
            number.CheckMultiple(factor);
        }

        // The order is Kubernetes's: multiple, minimum, maximum.
        if (limits.Minimum is { } minimum)
        {
            number.CheckBound(minimum, isMaximum: false, limits.ExcludesMinimum);
        }

        if (limits.Maximum is { } maximum)
        {
            number.CheckBound(maximum, isMaximum: true, limits.ExcludesMaximum);
        }
    }

    /// <summary>Adds an error when a number or limit is no integer where the schema says integer.</summary>
    /// <returns>True when it is within range.</returns>
    private static bool CheckRange(
        StructuralSchema node, double number, bool isLong, string what, string path, ValueResult result)
    {
        if (node.Type != "integer" || node.IsIntOrString)
        {
            return true;
        }

        var isInt32 = node.Format == "int32";
        var isWhole = isLong || (Math.Floor(number).Equals(number) && Math.Abs(number) < 9.3e18);
        if (isWhole && (!isInt32 || (number >= int.MinValue && number <= int.MaxValue)))
        {
            return true;
        }

        var format = node.Format is "int32" or "int64" ? $" with format {node.Format}" : " (default format)";
        var text = $"{what} value must be of type {node.Type}{format} in {path}";
        result.Add(FieldError.Invalid(FieldPath.Root, "", text));
        return false;
    }

    private sealed class Number(
        StructuralSchema node, JsonNode value, string path, FieldPath at, ValueResult result)
    {
        private readonly bool isLong = Json.TryGetLong(value, out _);
        private readonly double number = Json.GetDouble(value);

        internal void CheckMultiple(double factor)
        {
            var isCut = CheckRange(node, factor, isLong: false, "MultipleOf", path, result) && isLong;
            factor = isCut ? Math.Truncate(factor) : factor;
            if (factor <= 0)
            {
                result.Add(FieldError.Invalid(
                    at, Node(factor, isCut),
                    $"factor MultipleOf declared for {path} must be positive: {GoText.Number(factor)}"));
                return;
            }

            var isMultiple = isCut
                ? LongOf() % (long)factor == 0
                : IsInteger(factor < 1 ? 1 / factor * number : number / factor);
            if (!isMultiple)
            {
                result.Add(FieldError.Invalid(
                    at, value, $"{path} in body should be a multiple of {GoText.Number(factor)}"));
            }
        }

        internal void CheckBound(double bound, bool isMaximum, bool isExclusive)
        {
            var what = isMaximum ? "Maximum boundary" : "Minimum boundary";
            var isCut = CheckRange(node, bound, isLong: false, what, path, result) && isLong;
            var order = isCut ? LongOf().CompareTo(ToLong(bound)) : number.CompareTo(bound);
            var isBroken = isMaximum ? order > 0 : order < 0;
            if (isBroken || (isExclusive && order == 0))
            {
                var shown = isCut ? ToLong(bound).ToString(CultureInfo.InvariantCulture) : GoText.Number(bound);
                var than = isMaximum ? "less than" : "greater than";
                var or = isExclusive ? "" : " or equal to";
                result.Add(FieldError.Invalid(at, value, $"{path} in body should be {than}{or} {shown}"));
            }
        }

        private static long ToLong(double bound) => bound >= 9.2233720368547758e18 ? long.MaxValue
            : bound <= -9.2233720368547758e18 ? long.MinValue
            : (long)bound;

        private static JsonValue Node(double factor, bool isCut) =>
            isCut ? JsonValue.Create((long)factor) : JsonValue.Create(factor);

        /// <summary>Equal to an integer up to the error that the division may have made.</summary>
        private static bool IsInteger(double quotient)
        {
            if (!double.IsFinite(quotient) || Math.Abs(quotient) > 9007199254740991)
            {
                return false;
            }

            var whole = Math.Truncate(quotient);
            var difference = Math.Abs(quotient - whole);
            return difference == 0 || difference / Math.Max(Math.Abs(quotient), double.Epsilon) < 1e-9;
        }

        private long LongOf()
        {
            Json.TryGetLong(value, out var whole);
            return whole;
        }
    }
}
