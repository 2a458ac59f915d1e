namespace Vee.Hypervisor.Pages;

/// <summary>Reads <see cref="PageKind.Copies"/>.</summary>
internal sealed class CopyReader(bool vectorised)
{
    private readonly SymbolModels models = new(CopyForm.ContextCount, vectorised);
    private readonly byte[] window = new byte[CopyForm.WindowBytes];

    /// <summary>Makes the page.</summary>
    /// <param name="encoded">The bytes.</param>
    /// <param name="oldPage">The old page; empty for none.</param>
    /// <param name="page">The new one.</param>
    /// <returns>False when the bytes are not of this form.</returns>
    internal bool TryRead(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> oldPage, Span<byte> page)
    {
        models.Reset();
        oldPage.CopyTo(window);
        var first = oldPage.IsEmpty ? PageFormat.PageBytes : 0;
        var reader = new RangeReader(encoded);
        var (last, lastButOne, previous) = (1, 1, CopyForm.SamePlace);
        for (var at = PageFormat.PageBytes; at < window.Length;)
        {
            var count = CopyForm.ReadNumber(ref reader, models, CopyForm.CountOf(previous));
            if (count > window.Length - at)
            {
                return false;
            }

            var before = at == PageFormat.PageBytes ? (byte)0 : window[at - 1];
            reader.ReadBytes(models, CopyForm.ByteContext, before, window.AsSpan(at, count));
            at += count;
            if (at == window.Length)
            {
                break;
            }

            var from = reader.Read(models, CopyForm.FromOf(count, previous));
            var distance = from switch
            {
                CopyForm.SamePlace => PageFormat.PageBytes,
                CopyForm.Last => last,
                CopyForm.LastButOne => lastButOne,
                _ => ReadDistance(ref reader, from - CopyForm.Explicit),
            };
            var length = CopyForm.ReadNumber(ref reader, models, CopyForm.LengthOf(from)) + CopyForm.LengthMin;
            if (distance > at - first || length > window.Length - at)
            {
                return false;
            }

            if (from > CopyForm.Last)
            {
                (last, lastButOne) = (distance, last);
            }

            Copy(at, distance, length);
            at += length;
            previous = from;
        }

        window.AsSpan(PageFormat.PageBytes).CopyTo(page);
        return reader.IsAtEnd;
    }

    private int ReadDistance(ref RangeReader reader, int bits)
    {
        var own = bits - 1;
        if (own <= CopyForm.LearntBits)
        {
            return (1 << own) + CopyForm.ReadBits(ref reader, own);
        }

        var high = CopyForm.ReadBits(ref reader, own - CopyForm.LearntBits);
        var low = reader.Read(models, CopyForm.PlaceContext);
        return (1 << own) + (high << CopyForm.LearntBits) + low;
    }

    private void Copy(int at, int distance, int length)
    {
        if (distance >= length)
        {
            window.AsSpan(at - distance, length).CopyTo(window.AsSpan(at));
            return;
        }

        // A copy that overlaps itself repeats.
        for (; length > 0; length--, at++)
        {
            window[at] = window[at - distance];
        }
    }
}
