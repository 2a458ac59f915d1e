namespace Vee.ControllerRuntime.Clients;

/// <summary>Which objects of a type: everything, one namespace, and what selectors let through.</summary>
public sealed record ResourceScope
{
    /// <summary>Every object of the type.</summary>
    public static ResourceScope All { get; } = new();

    /// <summary>Only this namespace; null or empty means all.</summary>
    public string? Namespace { get; init; }

    /// <summary>As in <c>kubectl -l</c>; null for all.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>As in <c>kubectl --field-selector</c>; null for all.</summary>
    public string? FieldSelector { get; init; }
}

/// <summary>How a list is read.</summary>
public sealed record ListOptions
{
    /// <summary>The largest page, 1..10000.</summary>
    /// <value>500, what kubectl asks for.</value>
    public int Limit { get; init => field = value is >= 1 and <= 10_000
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "1..10000"); } = 500;

    /// <summary>Where the page before ended; null for the first.</summary>
    public string? Continue { get; init; }
}

/// <summary>One page of a list.</summary>
/// <param name="Items">The objects of this page.</param>
/// <param name="ResourceVersion">Of the whole list: a watch goes on from here.</param>
/// <param name="Continue">Asks for the page after this; null when this is the last.</param>
public sealed record ResourcePage<T>(IReadOnlyList<T> Items, string ResourceVersion, string? Continue);

/// <summary>How an object is applied by the server.</summary>
public sealed record ApplyOptions
{
    /// <summary>Who owns the applied fields: 1..128 characters.</summary>
    public required string FieldManager { get; init => field = value.Length is >= 1 and <= 128
        ? value
        : throw new ArgumentException("a field manager has 1..128 characters", nameof(value)); }

    /// <summary>Take fields from other managers; a conflict otherwise.</summary>
    /// <value>True: a controller is the authority on the fields that it applies.</value>
    public bool Force { get; init; } = true;

    /// <summary>Apply only to this version of the object; null for any.</summary>
    public string? ResourceVersion { get; init; }
}

/// <summary>How an object is deleted.</summary>
public sealed record DeleteOptions
{
    /// <summary>Only the object with this uid; null for any.</summary>
    public string? Uid { get; init; }

    /// <summary>Only this version of the object; null for any.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary><c>Background</c>, <c>Foreground</c> or <c>Orphan</c>.</summary>
    /// <value><c>Background</c></value>
    public string PropagationPolicy { get; init; } = "Background";

    /// <summary>Seconds until the object goes; null for the kind's own default.</summary>
    public long? GracePeriodSeconds { get; init; }
}
