namespace Vee.Hypervisor.Pages;

/// <summary>The codecs that there are, by the name that policies know them by.</summary>
public static class PageCodecKinds
{
    /// <summary>The one that is taken when nobody says.</summary>
    public const string Standard = "vee";

    /// <summary>All of them.</summary>
    /// <remarks>The one place to add a codec to: a row here, and a section in docs/pages.md.</remarks>
    public static IReadOnlyList<PageCodecKind> All { get; } =
    [
        new PageCodecKind("none", () => new RawCodec()),
        new PageCodecKind("deflate", () => new DeflateCodec()),
        new PageCodecKind("zstd", () => new ZstdCodec()),
        new PageCodecKind("xbrle2011", () => new Xbrle2011Codec("xbrle2011", isFinalRaw: true)),
        new PageCodecKind("xbrle2011-delta", () => new Xbrle2011Codec("xbrle2011-delta", isFinalRaw: false)),
        new PageCodecKind("xbzrle", () => new XbzrleCodec()),
        new PageCodecKind(Standard, () => new VeeCodec(Standard, VeeOptions.Fast)),
        new PageCodecKind("vee-fast", () => new VeeCodec("vee-fast", VeeOptions.Fast)),
        new PageCodecKind("vee-small", () => new VeeCodec("vee-small", VeeOptions.Small)),
    ];

    /// <summary>The codec of a name; null when there is none.</summary>
    public static PageCodecKind? Named(string name) => All.FirstOrDefault(kind => kind.Name == name);
}

/// <summary>A codec that can be chosen by name.</summary>
/// <param name="Name">As people write it.</param>
/// <param name="Create">Makes a new one, for one thread.</param>
public sealed record PageCodecKind(string Name, Func<IPageCodec> Create);
