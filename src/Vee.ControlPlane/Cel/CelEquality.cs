using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>Equality and order of values.</summary>
/// <remarks>
/// Numbers compare by value whatever their type. Lists that a schema makes sets or maps are equal in any order, as in
/// Kubernetes.
/// </remarks>
internal static class CelEquality
{
    /// <summary>For keys of maps: numbers of different types with one value are one key.</summary>
    internal static readonly IEqualityComparer<object> Comparer = new KeyComparer();

    internal static new bool Equals(object left, object right)
    {
        switch (left, right)
        {
            case (CelList l, CelList r):
                return l.Count == r.Count && (IsUnordered(l) || IsUnordered(r)
                    ? l.Items.All(i => r.Items.Any(o => Equals(i, o)))
                    : l.Items.Zip(r.Items).All(p => Equals(p.First, p.Second)));
            case (CelMap l, CelMap r):
                return l.Source is not null && r.Source is not null && l.IsObject
                    ? Json.AreEqual(l.Source, r.Source)
                    : l.Count == r.Count && l.Keys.All(k => r.Find(k) is { } other && Equals(l.Find(k)!, other));
            case (byte[] l, byte[] r):
                return l.AsSpan().SequenceEqual(r);
            case (CelTimestamp l, CelTimestamp r):
                return l.Time.UtcTicks == r.Time.UtcTicks;
            case (CelOptional l, CelOptional r):
                return (l.Value is null && r.Value is null) ||
                    (l.Value is not null && r.Value is not null && Equals(l.Value, r.Value));
            case (CelQuantity l, CelQuantity r):
                return l.CompareTo(r) == 0;
            default:
                return IsNumber(left) && IsNumber(right)
                    ? CompareNumbers(left, right) == 0
                    : object.Equals(left, right);
        }
    }

    /// <summary>The order of two values; null where they have none.</summary>
    internal static int? Compare(object left, object right) => (left, right) switch
    {
        (string l, string r) => CompareText(l, r),
        (bool l, bool r) => l.CompareTo(r),
        (byte[] l, byte[] r) => l.AsSpan().SequenceCompareTo(r),
        (CelTimestamp l, CelTimestamp r) => l.Time.UtcTicks.CompareTo(r.Time.UtcTicks),
        (CelDuration l, CelDuration r) => l.Nanoseconds.CompareTo(r.Nanoseconds),
        (CelQuantity l, CelQuantity r) => l.CompareTo(r),
        _ => IsNumber(left) && IsNumber(right) ? CompareNumbers(left, right) : null,
    };

    internal static bool IsNumber(object value) => value is long or ulong or double;

    /// <summary>By code points, as UTF-8 sorts; UTF-16 sorts surrogates before some others.</summary>
    private static int CompareText(string left, string right)
    {
        var (l, r) = (left.EnumerateRunes(), right.EnumerateRunes());
        while (true)
        {
            var (hasLeft, hasRight) = (l.MoveNext(), r.MoveNext());
            if (!hasLeft || !hasRight)
            {
                return hasLeft.CompareTo(hasRight);
            }

            if (l.Current != r.Current)
            {
                return l.Current.CompareTo(r.Current);
            }
        }
    }

    private static int? CompareNumbers(object left, object right) => (left, right) switch
    {
        (long l, long r) => l.CompareTo(r),
        (ulong l, ulong r) => l.CompareTo(r),
        (long l, ulong r) => l < 0 ? -1 : ((ulong)l).CompareTo(r),
        (ulong l, long r) => r < 0 ? 1 : l.CompareTo((ulong)r),
        _ => Compare(ToDouble(left), ToDouble(right)),
    };

    private static int? Compare(double left, double right) =>
        double.IsNaN(left) || double.IsNaN(right) ? null : left.CompareTo(right);

    private static double ToDouble(object number) => number switch
    {
        long whole => whole,
        ulong unsigned => unsigned,
        _ => (double)number,
    };

    private static bool IsUnordered(CelList list) => list.Schema?.ListType is "set" or "map";

    private sealed class KeyComparer : IEqualityComparer<object>
    {
        bool IEqualityComparer<object>.Equals(object? x, object? y) =>
            x is not null && y is not null && CelEquality.Equals(x, y);

        int IEqualityComparer<object>.GetHashCode(object obj) =>
            IsNumber(obj) ? ToDouble(obj).GetHashCode() : obj.GetHashCode();
    }
}
