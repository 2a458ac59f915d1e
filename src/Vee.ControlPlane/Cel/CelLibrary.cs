using System.Globalization;
using System.Text;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Cel;

/// <summary>Operators and conversions, and the way to the other functions.</summary>
internal static class CelLibrary
{
    private const string IntegerOverflow = "integer overflow";

    /// <summary>Calls a function with values of any types; failures are values.</summary>
    internal static object Call(string name, object[] arguments, CelEvaluator evaluator)
    {
        try
        {
            return Operator(name, arguments)
                ?? Conversion(name, arguments)
                ?? CelTextFunctions.Call(name, arguments, evaluator)
                ?? CelListFunctions.Call(name, arguments)
                ?? CelKubernetesFunctions.Call(name, arguments)
                ?? CelError.NoOverload;
        }
        catch (OverflowException)
        {
            return new CelError(IntegerOverflow);
        }
    }

    private static object? Operator(string name, object[] a)
    {
        switch (name)
        {
            case "!_":
                return a[0] is bool value ? !value : CelError.NoOverload;
            case "-_":
                return a[0] switch { long whole => -whole, double number => -number, _ => CelError.NoOverload };
            case "_==_":
                return CelEquality.Equals(a[0], a[1]);
            case "_!=_":
                return !CelEquality.Equals(a[0], a[1]);
            case "_<_" or "_<=_" or "_>_" or "_>=_":
                return Compare(name, a[0], a[1]);
            case "_+_":
                return Add(a[0], a[1]);
            case "_-_":
                return Subtract(a[0], a[1]);
            case "_*_" or "_/_" or "_%_":
                return Multiply(name, a[0], a[1]);
            case "@in":
                return a[1] switch
                {
                    CelList list => list.Items.Any(i => CelEquality.Equals(i, a[0])),
                    CelMap map => map.Find(a[0]) is not null,
                    _ => CelError.NoOverload,
                };
            case "_[_]" or "_[?_]":
                return Index(a[0], a[1], isOptional: name == "_[?_]");
            default:
                return null;
        }
    }

    private static object Compare(string name, object left, object right)
    {
        if (CelEquality.Compare(left, right) is not { } order)
        {
            return left is double && right is double ? false : CelError.NoOverload;
        }

        return name switch { "_<_" => order < 0, "_<=_" => order <= 0, "_>_" => order > 0, _ => order >= 0 };
    }

    private static object Add(object left, object right) => (left, right) switch
    {
        (long l, long r) => checked(l + r),
        (ulong l, ulong r) => checked(l + r),
        (double l, double r) => l + r,
        (string l, string r) => l + r,
        (byte[] l, byte[] r) => (byte[])[.. l, .. r],
        (CelList l, CelList r) => CelListFunctions.Concatenate(l, r),
        (CelTimestamp t, CelDuration d) => new CelTimestamp(t.Time.AddTicks(d.Nanoseconds / 100)),
        (CelDuration d, CelTimestamp t) => new CelTimestamp(t.Time.AddTicks(d.Nanoseconds / 100)),
        (CelDuration l, CelDuration r) => new CelDuration(checked(l.Nanoseconds + r.Nanoseconds)),
        _ => CelError.NoOverload,
    };

    private static object Subtract(object left, object right) => (left, right) switch
    {
        (long l, long r) => checked(l - r),
        (ulong l, ulong r) => checked(l - r),
        (double l, double r) => l - r,
        (CelTimestamp l, CelTimestamp r) => new CelDuration(checked((l.Time.UtcTicks - r.Time.UtcTicks) * 100)),
        (CelTimestamp t, CelDuration d) => new CelTimestamp(t.Time.AddTicks(-(d.Nanoseconds / 100))),
        (CelDuration l, CelDuration r) => new CelDuration(checked(l.Nanoseconds - r.Nanoseconds)),
        _ => CelError.NoOverload,
    };

    private static object Multiply(string name, object left, object right)
    {
        var isZero = right is 0L or 0UL;
        return (name, left, right) switch
        {
            ("_*_", long l, long r) => checked(l * r),
            ("_*_", ulong l, ulong r) => checked(l * r),
            ("_*_", double l, double r) => l * r,
            ("_/_", double l, double r) => l / r,
            ("_/_", long or ulong, _) when isZero => new CelError("division by zero"),
            ("_%_", long or ulong, _) when isZero => new CelError("modulus by zero"),
            ("_/_", long l, long r) => checked(l / r),
            ("_/_", ulong l, ulong r) => l / r,
            ("_%_", long l, long r) => checked(l % r),
            ("_%_", ulong l, ulong r) => l % r,
            _ => CelError.NoOverload,
        };
    }

    private static object Index(object container, object key, bool isOptional)
    {
        isOptional |= container is CelOptional;
        if (container is CelOptional optional)
        {
            if (optional.Value is null)
            {
                return container;
            }

            container = optional.Value;
        }

        object? found = null;
        CelError missing = CelError.NoOverload;
        if (container is CelList list && CelEquality.IsNumber(key) &&
            CelEquality.Compare(key, (long)int.MaxValue) <= 0 && CelEquality.Compare(key, (long)int.MinValue) >= 0)
        {
            var index = Convert.ToInt32(key, CultureInfo.InvariantCulture);
            found = index >= 0 && index < list.Count ? list[index] : null;
            missing = new($"index out of bounds: {index}");
        }
        else if (container is CelMap map)
        {
            found = map.Find(key);
            missing = new($"no such key: {key}");
        }

        return isOptional ? (found is null ? CelOptional.None : new CelOptional(found)) : found ?? missing;
    }

    private static object? Conversion(string name, object[] a)
    {
        var value = a.Length > 0 ? a[0] : CelNull.Value;
        switch (name)
        {
            case "dyn":
                return value;
            case "type":
                return new CelTypeValue(TypeName(value));
            case "size":
                return value switch
                {
                    string text => (long)text.EnumerateRunes().Count(),
                    byte[] bytes => (long)bytes.Length,
                    CelList list => (long)list.Count,
                    CelMap map => (long)map.Count,
                    _ => CelError.NoOverload,
                };
            case "bool":
                return value switch
                {
                    bool => value,
                    "true" or "t" or "1" or "TRUE" or "True" => true,
                    "false" or "f" or "0" or "FALSE" or "False" => false,
                    _ => new CelError("type conversion error from 'string' to 'bool'"),
                };
            case "int":
                return CelNumbers.ToInt(value);
            case "uint":
                return CelNumbers.ToUint(value);
            case "double":
                return CelNumbers.ToDouble(value);
            case "string":
                return CelNumbers.ToText(value);
            case "bytes":
                return value is string chars ? Encoding.UTF8.GetBytes(chars) : value;
            case "duration":
                return value switch
                {
                    string text when GoDuration.TryParse(text, out var nanoseconds) => new CelDuration(nanoseconds),
                    long seconds => new CelDuration(checked(seconds * 1_000_000_000)),
                    string text => new CelError($"time: invalid duration {GoText.Quote(text)}"),
                    _ => value,
                };
            case "timestamp":
                return value switch
                {
                    string text when CelTime.TryParse(text) is { } time => new CelTimestamp(time),
                    long seconds and >= -62135596800 and <= 253402300799 =>
                        new CelTimestamp(DateTimeOffset.FromUnixTimeSeconds(seconds)),
                    CelTimestamp => value,
                    _ => new CelError("type conversion error to 'google.protobuf.Timestamp'"),
                };
            default:
                return null;
        }
    }

    private static string TypeName(object value) => value switch
    {
        long => "int",
        ulong => "uint",
        double => "double",
        bool => "bool",
        string => "string",
        byte[] => "bytes",
        CelList => "list",
        CelMap { IsObject: true } => "object",
        CelMap => "map",
        CelNull => "null_type",
        CelTimestamp => "google.protobuf.Timestamp",
        CelDuration => "google.protobuf.Duration",
        CelOptional => "optional_type",
        CelTypeValue => "type",
        _ => value.GetType().Name,
    };
}
