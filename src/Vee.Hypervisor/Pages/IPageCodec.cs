namespace Vee.Hypervisor.Pages;

/// <summary>Makes pages small for the way to another host.</summary>
/// <remarks>
/// A codec is an object of one thread: what it keeps between pages (scratch memory, a cache, what it learnt about
/// sizes) is its own, and nothing is allocated for a page. What it writes is read by a <see cref="PageDecoder"/>, which
/// needs nothing of that.
/// </remarks>
public interface IPageCodec : IDisposable
{
    /// <summary>The name that policies know it by.</summary>
    string Name { get; }

    /// <summary>The forms that it may choose; a decoder has to accept these.</summary>
    IReadOnlyList<PageKind> Kinds { get; }

    /// <summary>Encodes a page.</summary>
    /// <param name="input">The page and what is known about it.</param>
    /// <param name="destination">At least <see cref="PageFormat.DestinationBytes"/>; what lies behind the bytes of the
    /// result is scratch.</param>
    /// <returns>Never longer than the page.</returns>
    /// <exception cref="ArgumentException">A page or the destination has a wrong length.</exception>
    PageEncoding Encode(in PageInput input, Span<byte> destination);
}

/// <summary>A page to encode.</summary>
public readonly ref struct PageInput
{
    /// <summary>Which page of the machine it is; caches know pages by it.</summary>
    public ulong Number { get; init; }

    /// <summary>The bytes, <see cref="PageFormat.PageBytes"/> of them, which nobody writes to meanwhile.</summary>
    public required ReadOnlySpan<byte> Page { get; init; }

    /// <summary>The bytes that the other side has; empty when it has none.</summary>
    public ReadOnlySpan<byte> Base { get; init; }

    /// <summary>Lines that may differ from the base; the others are equal to it.</summary>
    /// <value><see cref="PageFormat.AllLines"/> when that is not known.</value>
    public ulong DirtyLines { get; init; } = PageFormat.AllLines;

    /// <summary>Whether the machine stands still until this page has arrived.</summary>
    public bool IsFinal { get; init; }

    /// <summary>A page of which nothing is known.</summary>
    public PageInput()
    {
    }

    /// <summary>Whether there is an old page.</summary>
    public bool HasBase => !Base.IsEmpty;

    internal void Check(Span<byte> destination)
    {
        if (Page.Length != PageFormat.PageBytes)
        {
            throw new ArgumentException($"Page has {Page.Length} bytes, not {PageFormat.PageBytes}.");
        }

        if (HasBase && Base.Length != PageFormat.PageBytes)
        {
            throw new ArgumentException($"Base has {Base.Length} bytes, not {PageFormat.PageBytes}.");
        }

        if (destination.Length < PageFormat.DestinationBytes)
        {
            throw new ArgumentException(
                $"Destination has {destination.Length} bytes, not {PageFormat.DestinationBytes}.",
                nameof(destination));
        }
    }
}
