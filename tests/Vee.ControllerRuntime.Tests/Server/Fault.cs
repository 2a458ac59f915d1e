namespace Vee.ControllerRuntime.Tests.Server;

/// <summary>What goes wrong with one request.</summary>
internal enum FaultKind
{
    None = 0,

    /// <summary>429 with Retry-After.</summary>
    TooManyRequests,

    /// <summary>503 with Retry-After.</summary>
    Unavailable,

    /// <summary>500 with a Status.</summary>
    InternalError,

    /// <summary>502 with a page of HTML.</summary>
    BadGateway,

    /// <summary>The connection is reset before the request is carried out.</summary>
    Reset,

    /// <summary>The connection is reset after the request was carried out.</summary>
    ResetAfter,

    /// <summary>Carried out late.</summary>
    Slow,

    /// <summary>Never answered.</summary>
    Hang,

    /// <summary>Carried out, and never answered.</summary>
    HangAfter,

    /// <summary>A list or watch: HTTP 410.</summary>
    Gone,

    /// <summary>A watch: an ERROR event with a Status of 410.</summary>
    GoneEvent,

    /// <summary>A watch: the connection is closed in the middle of an event.</summary>
    CutInObject,

    /// <summary>A watch: opened, then nothing more, ever.</summary>
    BlackHole,

    /// <summary>A watch: one event, then nothing more, ever.</summary>
    OneEvent,

    /// <summary>A watch: a bookmark of where it began, again and again, and nothing else.</summary>
    Stuck,

    /// <summary>A watch: every object comes with a field of the wrong type first.</summary>
    Undecodable,

    /// <summary>A watch: closed as soon as it is opened.</summary>
    EmptyClose,

    /// <summary>A watch: bookmarks come twice, and old ones again.</summary>
    Bookmarks,

    /// <summary>A watch: a line that is no JSON.</summary>
    Garbage,

    /// <summary>A watch: closed after a few events.</summary>
    ShortWatch,
}

/// <summary>A request as a fault decides on it.</summary>
internal sealed record FakeRequest(
    string Method, string Plural, string Name, string? Subresource, bool IsWatch, string Client);
