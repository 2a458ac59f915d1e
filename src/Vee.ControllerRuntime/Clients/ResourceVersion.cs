namespace Vee.ControllerRuntime.Clients;

/// <summary>The order of resource versions of one type.</summary>
/// <remarks>Kubernetes promises it since 1.35 (KEP-5504): decimal numbers without leading zeros, of any
/// length.</remarks>
internal static class ResourceVersion
{
    /// <summary>A decimal number, so that it can be compared.</summary>
    internal static bool IsComparable(string? version) =>
        !string.IsNullOrEmpty(version) && version.All(char.IsAsciiDigit);

    /// <summary>Negative, zero or positive as <paramref name="left"/> is older, the same or newer.</summary>
    internal static int Compare(string left, string right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right);
}
