using System.Numerics;
using System.Runtime.Intrinsics;

namespace Vee.Hypervisor.Pages;

/// <summary><c>vee</c>: for each page the form that costs least, by what link and encoder can bear.</summary>
/// <remarks>
/// Sizes of masks are known exactly before a byte is written, sizes of runs nearly, both from one comparison of the
/// lines that may differ. What copies will save is predicted from pages before, by the size of the best other form.
/// </remarks>
public sealed class VeeCodec : IPageCodec
{
    // Below this, finding out whether the page is all of one byte costs more than it may save.
    private const int FillWorthBytes = 32;

    // Below this, copies have nothing to save.
    private const int CopiesWorthBytes = 40;

    private readonly PageDifference difference;
    private readonly CopyWriter copies;
    private readonly CopyForecast forecast = new();
    private readonly byte[] scratch = new byte[PageFormat.DestinationBytes];
    private readonly bool vectorised;
    private double nanosecondsPerByte;
    private double encoderWeight;

    /// <summary>Makes a codec.</summary>
    /// <param name="name">The name that policies know it by.</param>
    /// <param name="options">What it begins with.</param>
    public VeeCodec(string name, VeeOptions options)
        : this(name, options, Vector128.IsHardwareAccelerated)
    {
    }

    internal VeeCodec(string name, VeeOptions options, bool vectorised)
    {
        this.vectorised = vectorised && MaskForms.IsVectorised;
        difference = new PageDifference(vectorised);
        copies = new CopyWriter(vectorised);
        Name = name;
        Follow(options);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<PageKind> Kinds { get; } =
    [
        PageKind.Unchanged, PageKind.Zero, PageKind.Fill, PageKind.Raw, PageKind.RunLength, PageKind.Positions,
        PageKind.ByteMask, PageKind.WordMask, PageKind.NestedMask, PageKind.Copies,
    ];

    /// <summary>Follows the link: from the next page on, a byte and a nanosecond are worth this.</summary>
    public void Follow(VeeOptions options) =>
        (nanosecondsPerByte, encoderWeight) = (options.NanosecondsPerByte, options.EncoderWeight);

    /// <inheritdoc/>
    public PageEncoding Encode(in PageInput input, Span<byte> destination)
    {
        input.Check(destination);
        if (!input.HasBase)
        {
            return WholePage.IsFill(input.Page)
                ? WholePage.Write(input.Page, destination)
                : WriteSmallest(input, PageKind.Raw, PageFormat.PageBytes, destination);
        }

        difference.Find(input.Page, input.Base, input.DirtyLines);
        if (difference.Lines == 0)
        {
            return new PageEncoding(PageKind.Unchanged, 0);
        }

        var (kind, bytes) = Choose();
        return bytes >= FillWorthBytes && WholePage.IsFill(input.Page)
            ? WholePage.Write(input.Page, destination)
            : WriteSmallest(input, kind, bytes, destination);
    }

    /// <summary>Nothing is held that has to be given back.</summary>
    public void Dispose()
    {
    }

    private (PageKind Kind, int Bytes) Choose()
    {
        var (lines, words, bytes, runs) =
            (difference.LineCount, difference.WordCount, difference.ByteCount, difference.RunCount);
        var set = MaskForms.LineSetBytes(lines);

        // However fast the link is, no page takes more than its run-length form, or than itself.
        var best = (
            Kind: PageKind.Raw, Bytes: Math.Min(bytes + (2 * runs), PageFormat.PageBytes), Cost: double.MaxValue);
        if (best.Bytes == PageFormat.PageBytes)
        {
            best.Cost = Cost(PageFormat.PageBytes, RawTime);
        }

        var most = best.Bytes;
        Consider(ref best, most, PageKind.NestedMask, set + lines + words + bytes, MaskTime + (NestedLineTime * lines));
        Consider(ref best, most, PageKind.ByteMask, set + (8 * lines) + bytes, MaskTime + (LineTime * lines));
        Consider(ref best, most, PageKind.WordMask, set + lines + (8 * words), MaskTime + (LineTime * lines));

        // Gaps of more than thirty bytes and runs of more than seven need a byte more, at most one of each in a line.
        Consider(
            ref best, most, PageKind.Positions, bytes + runs + (Math.Min(runs, lines) / 2) + (bytes / 64),
            RunsTime + (RunTime * runs));
        Consider(ref best, most, PageKind.RunLength, bytes + (2 * runs), RunsTime + (RunTime * runs));
        return (best.Kind, best.Bytes);
    }

    private void Consider(
        ref (PageKind Kind, int Bytes, double Cost) best, int most, PageKind kind, int bytes, double time)
    {
        var cost = Cost(bytes, time);
        if (bytes <= most && cost < best.Cost)
        {
            best = (kind, bytes, cost);
        }
    }

    private double Cost(int bytes, double time) => (bytes * nanosecondsPerByte) + (time * encoderWeight);

    private PageEncoding WriteSmallest(in PageInput input, PageKind kind, int bytes, Span<byte> destination)
    {
        if (bytes < CopiesWorthBytes || !forecast.IsWorth(bytes, input.HasBase, nanosecondsPerByte, encoderWeight))
        {
            return Write(input, kind, destination);
        }

        var length = copies.Write(input.Page, input.Base, bytes, scratch);
        forecast.Learn(bytes, length);
        if (length > bytes - (bytes / 4))
        {
            // What the other form would take is not known exactly before it is written.
            var other = Write(input, kind, destination);
            if (length >= other.Bytes)
            {
                return other;
            }
        }

        scratch.AsSpan(0, length).CopyTo(destination);
        return new PageEncoding(PageKind.Copies, length);
    }

    private PageEncoding Write(in PageInput input, PageKind kind, Span<byte> destination)
    {
        var page = input.Page;
        var length = kind switch
        {
            PageKind.Positions => PositionForm.Write(page, difference.FindRuns(), destination),
            PageKind.RunLength => RunLengthForm.Write(page, difference.FindRuns(), destination),
            PageKind.Raw => PageFormat.PageBytes,
            _ => MaskForms.Write(kind, page, input.Base, difference, vectorised, destination),
        };
        return length < PageFormat.PageBytes ? new PageEncoding(kind, length) : RawCodec.Write(page, destination);
    }

    // Nanoseconds on the processor of docs/benchmarks/pages.md; what matters is how they compare.
    private const double RawTime = 60;
    private const double MaskTime = 10;
    private const double LineTime = 4;
    private const double NestedLineTime = 7;
    private const double RunsTime = 10;
    private const double RunTime = 5;
}

/// <summary>What copies will make of a page, from what they made of pages like it.</summary>
internal sealed class CopyForecast
{
    // Pages are alike when the best other form is of the same size, in bits.
    private const int ClassCount = 14;
    private const double Weight = 1.0 / 16;
    private const int TryEvery = 32;

    // Nanoseconds to enter the old page, and to look at each byte that changed and write what it becomes.
    private const double BeginTime = 3000;
    private const double ByteTime = 9;

    private readonly double[] shares = [.. Enumerable.Repeat(0.6, ClassCount)];
    private readonly byte[] skipped = new byte[ClassCount];

    /// <summary>Whether to try.</summary>
    /// <param name="bytes">What the best other form takes.</param>
    /// <param name="hasBase">Whether there is an old page to copy from.</param>
    /// <param name="nanosecondsPerByte">What a byte costs.</param>
    /// <param name="encoderWeight">What a nanosecond of encoding costs.</param>
    internal bool IsWorth(int bytes, bool hasBase, double nanosecondsPerByte, double encoderWeight)
    {
        var time = ((hasBase ? BeginTime : 0) + (ByteTime * bytes)) * encoderWeight;
        if (bytes * nanosecondsPerByte < time)
        {
            // Not even if nothing at all were left of it.
            return false;
        }

        var at = BitOperations.Log2((uint)bytes);
        if (bytes * (1 - shares[at]) * nanosecondsPerByte > time)
        {
            return true;
        }

        // Programs change what they do; now and then one is tried all the same.
        skipped[at] = unchecked((byte)((skipped[at] + 1) % TryEvery));
        return skipped[at] == 0;
    }

    /// <summary>Learns what they made of one.</summary>
    internal void Learn(int bytes, int length)
    {
        ref var share = ref shares[BitOperations.Log2((uint)bytes)];
        share += (Math.Min(1.0, length / (double)bytes) - share) * Weight;
    }
}
