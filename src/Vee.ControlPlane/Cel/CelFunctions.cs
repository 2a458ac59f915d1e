namespace Vee.ControlPlane.Cel;

/// <summary>A form in which a function may be called.</summary>
/// <param name="IsMember">Whether it is called on its first argument.</param>
/// <param name="Arguments">The types of the arguments, which may contain type parameters.</param>
/// <param name="Result">The type of the result.</param>
internal sealed record CelOverload(bool IsMember, IReadOnlyList<CelType> Arguments, CelType Result);

/// <summary>The functions that rules may call, with their types.</summary>
/// <remarks>
/// Source: the standard library of CEL, cel-go's extension of strings, and Kubernetes's libraries for lists, regular
/// expressions, URLs, addresses and quantities.
/// </remarks>
internal static class CelFunctions
{
    /// <summary>
    /// One function a line, continued on deeper ones: its name, then its forms; those with a dot are methods.
    /// </summary>
    private const string Table = """
        !_ (bool)bool
        -_ (int)int (double)double
        _&&_ (bool,bool)bool
        _||_ (bool,bool)bool
        _?_:_ (bool,A,A)A
        _==_ (A,A)bool
        _!=_ (A,A)bool
        _+_ (int,int)int (uint,uint)uint (double,double)double (string,string)string (bytes,bytes)bytes
            (list(A),list(A))list(A) (timestamp,duration)timestamp (duration,timestamp)timestamp
            (duration,duration)duration
        _-_ (int,int)int (uint,uint)uint (double,double)double (timestamp,timestamp)duration
            (timestamp,duration)timestamp (duration,duration)duration
        _*_ (int,int)int (uint,uint)uint (double,double)double
        _/_ (int,int)int (uint,uint)uint (double,double)double
        _%_ (int,int)int (uint,uint)uint
        @in (A,list(A))bool (A,map(A,B))bool
        _[_] (list(A),int)A (map(A,B),A)B (optional(list(A)),int)optional(A) (optional(map(A,B)),A)optional(B)
        _[?_] (list(A),int)optional(A) (map(A,B),A)optional(B) (optional(list(A)),int)optional(A)
            (optional(map(A,B)),A)optional(B)
        size (string)int (bytes)int (list(A))int (map(A,B))int .(string)int .(bytes)int .(list(A))int .(map(A,B))int
        bool (bool)bool (string)bool
        bytes (bytes)bytes (string)bytes
        double (double)double (int)double (uint)double (string)double
        duration (duration)duration (string)duration (int)duration
        dyn (A)dyn
        int (int)int (uint)int (double)int (string)int (timestamp)int (duration)int
        uint (uint)uint (int)uint (double)uint (string)uint
        string (string)string (bool)string (int)string (uint)string (double)string (bytes)string
            (timestamp)string (duration)string
        timestamp (timestamp)timestamp (string)timestamp (int)timestamp
        type (A)type
        contains .(string,string)bool
        startsWith .(string,string)bool
        endsWith .(string,string)bool
        matches .(string,string)bool (string,string)bool
        charAt .(string,int)string
        indexOf .(string,string)int .(string,string,int)int .(list(A),A)int
        lastIndexOf .(string,string)int .(string,string,int)int .(list(A),A)int
        lowerAscii .(string)string
        upperAscii .(string)string
        replace .(string,string,string)string .(string,string,string,int)string
        split .(string,string)list(string) .(string,string,int)list(string)
        join .(list(string))string .(list(string),string)string
        substring .(string,int)string .(string,int,int)string
        trim .(string)string
        reverse .(string)string
        format .(string,list(dyn))string
        quote (string)string
        find .(string,string)string
        findAll .(string,string)list(string) .(string,string,int)list(string)
        isSorted .(list(A))bool
        sum .(list(A))A
        min .(list(A))A
        max .(list(A))A
        getFullYear .(timestamp)int .(timestamp,string)int
        getMonth .(timestamp)int .(timestamp,string)int
        getDayOfYear .(timestamp)int .(timestamp,string)int
        getDayOfMonth .(timestamp)int .(timestamp,string)int
        getDate .(timestamp)int .(timestamp,string)int
        getDayOfWeek .(timestamp)int .(timestamp,string)int
        getHours .(timestamp)int .(timestamp,string)int .(duration)int
        getMinutes .(timestamp)int .(timestamp,string)int .(duration)int
        getSeconds .(timestamp)int .(timestamp,string)int .(duration)int
        getMilliseconds .(timestamp)int .(timestamp,string)int .(duration)int
        quantity (string)quantity
        isQuantity (string)bool
        sign .(quantity)int
        isInteger .(quantity)bool
        asInteger .(quantity)int
        asApproximateFloat .(quantity)double
        add .(quantity,quantity)quantity .(quantity,int)quantity
        sub .(quantity,quantity)quantity .(quantity,int)quantity
        isLessThan .(quantity,quantity)bool
        isGreaterThan .(quantity,quantity)bool
        compareTo .(quantity,quantity)int
        ip (string)ip .(cidr)ip
        isIP (string)bool
        ip.isCanonical (string)bool
        family .(ip)int
        isUnspecified .(ip)bool
        isLoopback .(ip)bool
        isLinkLocalMulticast .(ip)bool
        isLinkLocalUnicast .(ip)bool
        isGlobalUnicast .(ip)bool
        cidr (string)cidr
        isCIDR (string)bool
        containsIP .(cidr,string)bool .(cidr,ip)bool
        containsCIDR .(cidr,string)bool .(cidr,cidr)bool
        masked .(cidr)cidr
        prefixLength .(cidr)int
        url (string)url
        isURL (string)bool
        getScheme .(url)string
        getHost .(url)string
        getHostname .(url)string
        getPort .(url)string
        getEscapedPath .(url)string
        getQuery .(url)map(string,list(string))
        optional.of (A)optional(A)
        optional.ofNonZeroValue (A)optional(A)
        optional.none ()optional(A)
        hasValue .(optional(A))bool
        value .(optional(A))A
        or .(optional(A),optional(A))optional(A)
        orValue .(optional(A),A)A
        """;

    private static readonly Dictionary<string, IReadOnlyList<CelOverload>> All = Table
        .Replace("\n    ", " ", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' ')).ToDictionary(
            parts => parts[0], parts => (IReadOnlyList<CelOverload>)[.. Overloads(parts)],
            StringComparer.Ordinal);

    private static readonly IReadOnlyList<CelOverload> Comparisons = MakeComparisons();

    /// <summary>The forms of a function; null when there is no such function.</summary>
    internal static IReadOnlyList<CelOverload>? Find(string name) =>
        name is "_<_" or "_<=_" or "_>_" or "_>=_" ? Comparisons : All.GetValueOrDefault(name);

    private static IEnumerable<CelOverload> Overloads(string[] parts) => parts[1..].Select(form =>
    {
        var isMember = form[0] == '.';
        var open = isMember ? 1 : 0;
        var close = Close(form, open);
        var arguments = Split(form[(open + 1)..close]).Select(Parse);
        return new CelOverload(isMember, [.. arguments], Parse(form[(close + 1)..]));
    });

    private static int Close(string form, int open)
    {
        var depth = 0;
        for (var i = open; i < form.Length; i++)
        {
            depth += form[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0)
            {
                return i;
            }
        }

        return form.Length;
    }

    private static IEnumerable<string> Split(string arguments)
    {
        var (depth, start) = (0, 0);
        for (var i = 0; i < arguments.Length; i++)
        {
            depth += arguments[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0 && arguments[i] == ',')
            {
                yield return arguments[start..i];
                start = i + 1;
            }
        }

        if (arguments.Length > 0)
        {
            yield return arguments[start..];
        }
    }

    private static CelType Parse(string text)
    {
        var open = text.IndexOf('(', StringComparison.Ordinal);
        var inner = open < 0 ? [] : Split(text[(open + 1)..^1]).Select(Parse).ToList();
        return (open < 0 ? text : text[..open]) switch
        {
            "bool" => CelType.Bool,
            "int" => CelType.Int,
            "uint" => CelType.Uint,
            "double" => CelType.Double,
            "string" => CelType.String,
            "bytes" => CelType.Bytes,
            "timestamp" => CelType.Timestamp,
            "duration" => CelType.Duration,
            "dyn" => CelType.Dyn,
            "type" => new(CelKind.Type),
            "quantity" => new(CelKind.Quantity),
            "ip" => new(CelKind.Ip),
            "cidr" => new(CelKind.Cidr),
            "url" => new(CelKind.Url),
            "list" => CelType.ListOf(inner[0]),
            "map" => CelType.MapOf(inner[0], inner[1]),
            "optional" => CelType.OptionalOf(inner[0]),
            var name => new(CelKind.Parameter, Name: name),
        };
    }

    private static List<CelOverload> MakeComparisons()
    {
        var numbers = (CelType[])[CelType.Int, CelType.Uint, CelType.Double];
        var same = (CelType[])[CelType.Bool, CelType.String, CelType.Bytes, CelType.Timestamp, CelType.Duration];
        var pairs = numbers.SelectMany(l => numbers.Select(r => (l, r))).Concat(same.Select(t => (t, t)));
        return [.. pairs.Select(p => new CelOverload(IsMember: false, [p.Item1, p.Item2], CelType.Bool))];
    }
}
