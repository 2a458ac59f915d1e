using System.Numerics;

namespace Vee.Hypervisor.Pages;

/// <summary>Writes <see cref="PageKind.Copies"/>.</summary>
internal sealed class CopyWriter(bool vectorised)
{
    private readonly SymbolModels models = new(CopyForm.ContextCount, vectorised);
    private readonly CopySearch search = new();

    /// <summary>Writes the page.</summary>
    /// <param name="page">The page.</param>
    /// <param name="oldPage">The old one; empty for none.</param>
    /// <param name="limit">Give up when it becomes as long as this, in bytes of at most a page.</param>
    /// <param name="destination">Where to.</param>
    /// <returns>Bytes written; those of a page when it gave up.</returns>
    internal int Write(ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage, int limit, Span<byte> destination)
    {
        models.Reset();
        var writer = new RangeWriter(destination);
        var (last, lastButOne, previous) = (1, 1, CopyForm.SamePlace);
        foreach (var sequence in search.Find(page, oldPage))
        {
            CopyForm.WriteNumber(ref writer, models, CopyForm.CountOf(previous), sequence.Count);
            var before = sequence.At == 0 ? (byte)0 : page[sequence.At - 1];
            var bytes = page.Slice(sequence.At, sequence.Count);
            if (!writer.TryWriteBytes(models, CopyForm.ByteContext, before, bytes, limit))
            {
                return PageFormat.PageBytes;
            }

            if (sequence.Length == 0)
            {
                break;
            }

            var from = sequence.Distance == PageFormat.PageBytes && !oldPage.IsEmpty ? CopyForm.SamePlace
                : sequence.Distance == last ? CopyForm.Last
                : sequence.Distance == lastButOne ? CopyForm.LastButOne
                : CopyForm.Explicit + BitOperations.Log2(sequence.Distance) + 1;
            writer.Write(models, CopyForm.FromOf(sequence.Count, previous), from);
            if (from > CopyForm.LastButOne)
            {
                WriteDistance(ref writer, sequence.Distance);
            }

            CopyForm.WriteNumber(
                ref writer, models, CopyForm.LengthOf(from), sequence.Length - CopyForm.LengthMin);
            if (from > CopyForm.Last)
            {
                (last, lastButOne) = (sequence.Distance, last);
            }

            previous = from;
        }

        return writer.Length < limit ? writer.Finish() : PageFormat.PageBytes;
    }

    private void WriteDistance(ref RangeWriter writer, int distance)
    {
        var own = BitOperations.Log2((uint)distance);
        var rest = distance - (1 << own);
        if (own <= CopyForm.LearntBits)
        {
            CopyForm.WriteBits(ref writer, rest, own);
            return;
        }

        CopyForm.WriteBits(ref writer, rest >> CopyForm.LearntBits, own - CopyForm.LearntBits);
        writer.Write(models, CopyForm.PlaceContext, rest & ((1 << CopyForm.LearntBits) - 1));
    }
}
