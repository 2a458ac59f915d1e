namespace Vee.ControlPlane.Cel;

/// <summary>What calls cost.</summary>
/// <remarks>
/// Source: cel-go, <c>interpreter/runtimecost.go</c>, and Kubernetes's <c>pkg/cel/library/cost.go</c>.
/// </remarks>
internal static class CelCosts
{
    private const double Traversal = 0.1;

    internal static long Of(string function, object[] arguments)
    {
        switch (function)
        {
            case "startsWith" or "endsWith" when arguments.Length == 2:
                return Steps(Size(arguments[1]));
            case "matches" or "find" or "findAll" when arguments.Length >= 2:
                return Steps(1 + Size(arguments[0])) * Math.Max(1, (long)Math.Ceiling(Size(arguments[1]) * 0.25));
            case "contains" when arguments.Length == 2:
                return Steps(Size(arguments[0])) * Math.Max(1, Steps(Size(arguments[1])));
            case "_==_" or "_!=_":
                return Math.Max(1, Steps(Math.Min(Size(arguments[0]), Size(arguments[1]))));
            case "_<_" or "_<=_" or "_>_" or "_>=_":
                return Math.Max(1, Steps(Math.Min(Size(arguments[0]), Size(arguments[1]))));
            case "_+_" when arguments[0] is string or byte[]:
                return Math.Max(1, Steps(Size(arguments[0]) + Size(arguments[1])));
            case "@in" when arguments[1] is CelList list:
                return Math.Max(1, list.Count);
            case "isSorted" or "sum" or "min" or "max" or "indexOf" or "lastIndexOf" when arguments[0] is CelList list:
                return 1 + list.Count;
            case "lowerAscii" or "upperAscii" or "trim" or "substring" or "split" or "replace" or "indexOf" or "reverse"
                or "lastIndexOf" or "url" or "isURL" or "ip" or "cidr" or "isIP" or "isCIDR" or "quantity"
                or "isQuantity" or "quote" or "format" or "join":
                return Math.Max(1, arguments.Sum(a => Steps(Size(a))));
            case "string" or "bytes" when arguments[0] is string or byte[]:
                return Math.Max(1, Steps(Size(arguments[0])));
            default:
                return 1;
        }
    }

    private static long Steps(long size) => (long)Math.Ceiling(size * Traversal);

    private static long Size(object value) => value switch
    {
        string text => text.Length,
        byte[] bytes => bytes.Length,
        CelList list => list.Count,
        CelMap map => map.Count,
        _ => 1,
    };
}
