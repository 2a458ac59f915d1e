using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Pages;

namespace Vee.Hypervisor.Migration;

/// <summary>What a host's work on a page costs: as its hardware says, or as it was measured for the mean of pages.
/// </summary>
internal static class MigrationCosts
{
    /// <summary>Suffix of a codec's name: reading what it wrote.</summary>
    private const string Decoding = "-decode";

    private const string Digest = "digest";
    private const string Copy = "copy";
    private const string Copies = "copies";

    // Python's pages in docs/benchmarks/pages.md, whole nanoseconds of that computer's core; digests and copies from
    // memory at 10 GB/s.
    private static readonly Dictionary<string, long> Measured = new()
    {
        ["none"] = 200, ["none" + Decoding] = 200,
        ["deflate"] = 40_000, ["deflate" + Decoding] = 50_000,
        ["zstd"] = 14_000, ["zstd" + Decoding] = 6_000,
        ["xbrle2011"] = 2_700, ["xbrle2011" + Decoding] = 2_600,
        ["xbrle2011-delta"] = 2_700, ["xbrle2011-delta" + Decoding] = 2_600,
        ["xbzrle"] = 950, ["xbzrle" + Decoding] = 800,
        ["vee"] = 1_050, ["vee" + Decoding] = 850,
        ["vee-fast"] = 550, ["vee-fast" + Decoding] = 850,
        ["vee-small"] = 1_050, ["vee-small" + Decoding] = 850,
        // SQLite's pages: nearly all of them are worth copies.
        [Copies] = 30_000, [Copies + Decoding] = 28_000,
        [Digest] = 400, [Copy] = 400,
    };

    /// <summary>Nanoseconds of a reference core to make a page small and to note its digest.</summary>
    /// <param name="hardware">Whose core.</param>
    /// <param name="codec">The codec.</param>
    /// <param name="form">What it made of the page: copies take much longer than all else.</param>
    public static long Encode(HardwareProfile hardware, string codec, PageKind form) =>
        Of(hardware, form == PageKind.Copies ? Copies : codec) + Of(hardware, Digest);

    /// <summary>Nanoseconds of a reference core to read it, to note its digest, and to put it where it belongs.
    /// </summary>
    /// <param name="hardware">Whose core.</param>
    /// <param name="codec">The codec.</param>
    /// <param name="form">The page's form.</param>
    public static long Decode(HardwareProfile hardware, string codec, PageKind form) =>
        Of(hardware, (form == PageKind.Copies ? Copies : codec) + Decoding) + Of(hardware, Digest) + Of(hardware, Copy);

    /// <summary>Nanoseconds of a reference core to copy so many bytes.</summary>
    public static long CopyBytes(HardwareProfile hardware, long bytes) =>
        (bytes + PageFormat.PageBytes - 1) / PageFormat.PageBytes * Of(hardware, Copy);

    private static long Of(HardwareProfile hardware, string what) =>
        hardware.Costs.PerPage.TryGetValue(what, out var cost) ? cost.Nanoseconds : Measured[what];
}
