namespace Vee.Cli.Tests.Faults;

/// <summary>What happens to one request to the API server.</summary>
internal enum ApiFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>429 with Retry-After; not carried out.</summary>
    TooManyRequests,

    /// <summary>500 with a Status; not carried out.</summary>
    InternalError,

    /// <summary>503 with a page of HTML, as a proxy says it; not carried out.</summary>
    Unavailable,

    /// <summary>410 for a list or watch.</summary>
    Gone,

    /// <summary>The connection breaks before it is carried out.</summary>
    Reset,

    /// <summary>Carried out; the connection breaks instead of the answer.</summary>
    ResetAfter,

    /// <summary>Carried out; the connection breaks somewhere in the answer.</summary>
    CutInBody,

    /// <summary>Carried out half a second late.</summary>
    Slow,

    /// <summary>Carried out; no more than the beginning of the answer ever comes, and the connection stays.</summary>
    BlackHole,
}
