using System.Buffers.Binary;
using System.Numerics;

namespace Vee.Hypervisor.Pages;

/// <summary>Writes <see cref="PageKind.Copies"/>.</summary>
/// <remarks>It takes the copy that saves most where it stands, unless the next byte begins a better one. Old positions
/// are found by the four bytes there; those that equal the same place of the old page are not entered, since that is
/// there already.</remarks>
internal sealed class CopyWriter(bool vectorised)
{
    private const int HashBits = 12;
    private const int HashBytes = sizeof(uint);
    private const uint HashFactor = 2654435761;
    private const int DepthMax = 4;

    // A copy of the same place this long is taken without looking for a longer one elsewhere.
    private const int LongSamePlace = 16;

    // What a byte and a copy cost, in bits, as it turns out on pages of programs.
    private const int ByteBits = 6;
    private const int SamePlaceBits = 7;
    private const int LastBits = 8;
    private const int ExplicitBits = 17;

    private readonly SymbolModels models = new(CopyForm.ContextCount, vectorised);
    private readonly byte[] window = new byte[CopyForm.WindowBytes + sizeof(ulong)];
    private readonly ushort[] heads = new ushort[1 << HashBits];
    private readonly ushort[] chain = new ushort[CopyForm.WindowBytes];
    private int first;
    private int last;
    private int lastButOne;

    private readonly record struct Found(int From, int Distance, int Length, int Gain);

    /// <summary>Writes the page.</summary>
    /// <param name="page">The page.</param>
    /// <param name="oldPage">The old one; empty for none.</param>
    /// <param name="limit">Give up when it becomes as long as this, in bytes of at most a page.</param>
    /// <param name="destination">Where to.</param>
    /// <returns>Bytes written; those of a page when it gave up.</returns>
    internal int Write(ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage, int limit, Span<byte> destination)
    {
        Begin(page, oldPage);
        var writer = new RangeWriter(destination);
        var (at, literals, previous) = (PageFormat.PageBytes, 0, CopyForm.SamePlace);
        var found = Find(at);
        while (at < CopyForm.WindowBytes)
        {
            var next = default(Found);
            if (found.Length < LongSamePlace && at + 1 < CopyForm.WindowBytes)
            {
                Enter(at);
                next = Find(at + 1);
            }

            if (found.Gain <= 0 || next.Gain > found.Gain)
            {
                at++;
                literals++;
                found = next;
                continue;
            }

            if (!TryWriteLiterals(ref writer, at - literals, literals, previous, limit))
            {
                return PageFormat.PageBytes;
            }

            WriteCopy(ref writer, found, CopyForm.FromOf(literals, previous));
            if (found.From != CopyForm.SamePlace)
            {
                EnterAll(at + 1, at + found.Length);
            }

            at += found.Length;
            (literals, previous) = (0, found.From);
            found = at < CopyForm.WindowBytes ? Find(at) : default;
        }

        return (literals == 0 || TryWriteLiterals(ref writer, at - literals, literals, previous, limit))
            && writer.Length < limit
            ? writer.Finish()
            : PageFormat.PageBytes;
    }

    private void Begin(ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage)
    {
        models.Reset();
        oldPage.CopyTo(window);
        page.CopyTo(window.AsSpan(PageFormat.PageBytes));
        heads.AsSpan().Clear();
        first = oldPage.IsEmpty ? PageFormat.PageBytes : 0;
        (last, lastButOne) = (1, 1);
        EnterAll(first, PageFormat.PageBytes);
    }

    private Found Find(int at)
    {
        var rest = CopyForm.WindowBytes - at;
        var best = default(Found);
        var here = BinaryPrimitives.ReadUInt64LittleEndian(window.AsSpan(at));
        if (first == 0)
        {
            var length = Match(here, at, at - PageFormat.PageBytes, rest);
            Better(ref best, CopyForm.SamePlace, PageFormat.PageBytes, length, SamePlaceBits);
            if (length >= LongSamePlace)
            {
                return best;
            }
        }

        if (at - first >= last)
        {
            Better(ref best, CopyForm.Last, last, Match(here, at, at - last, rest), LastBits);
        }

        if (at - first >= lastButOne)
        {
            Better(ref best, CopyForm.LastButOne, lastButOne, Match(here, at, at - lastButOne, rest), LastBits);
        }

        // Zero is no position: the four bytes at the very beginning are not found again.
        var candidate = (int)heads[Hash(unchecked((uint)here))];
        for (var depth = 0; depth < DepthMax && candidate != 0; depth++)
        {
            var length = Match(here, at, candidate, rest);
            if (length >= HashBytes)
            {
                var distance = at - candidate;
                var from = CopyForm.Explicit + BitOperations.Log2((uint)distance) + 1;
                Better(ref best, from, distance, length, ExplicitBits);
            }

            candidate = chain[candidate];
        }

        return best;
    }

    private static void Better(ref Found best, int from, int distance, int length, int bits)
    {
        var gain = (length * ByteBits) - bits;
        if (length >= CopyForm.LengthMin && gain > best.Gain)
        {
            best = new Found(from, distance, length, gain);
        }
    }

    private int Match(ulong here, int at, int candidate, int rest)
    {
        // Most candidates differ within the first eight bytes.
        var different = here ^ BinaryPrimitives.ReadUInt64LittleEndian(window.AsSpan(candidate));
        return different != 0
            ? Math.Min(BitOperations.TrailingZeroCount(different) / 8, rest)
            : rest <= sizeof(ulong) ? rest
            : sizeof(ulong) + window.AsSpan(at + sizeof(ulong), rest - sizeof(ulong))
                .CommonPrefixLength(window.AsSpan(candidate + sizeof(ulong), rest - sizeof(ulong)));
    }

    private void Enter(int at) => EnterAll(at, at + 1);

    private void EnterAll(int from, int to)
    {
        var bytes = window.AsSpan();
        var (newest, older) = (heads, chain);
        for (var at = from; at < to; at++)
        {
            ref var head = ref newest[Hash(BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]))];
            older[at] = head;
            head = unchecked((ushort)at);
        }
    }

    private static uint Hash(uint bytes) => unchecked((bytes * HashFactor) >> (32 - HashBits));

    private bool TryWriteLiterals(ref RangeWriter writer, int at, int count, int previous, int limit)
    {
        CopyForm.WriteNumber(ref writer, models, CopyForm.CountOf(previous), count);
        foreach (var value in window.AsSpan(at, count))
        {
            var high = value >> 4;
            writer.Write(models, CopyForm.HighContext, high);
            writer.Write(models, CopyForm.LowContext + high, value & 0xF);
            if (writer.Length >= limit)
            {
                return false;
            }
        }

        return writer.Length < limit;
    }

    private void WriteCopy(ref RangeWriter writer, Found found, int context)
    {
        writer.Write(models, context, found.From);
        if (found.From > CopyForm.LastButOne)
        {
            WriteDistance(ref writer, found.Distance);
        }

        CopyForm.WriteNumber(
            ref writer, models, CopyForm.LengthOf(found.From), found.Length - CopyForm.LengthMin);
        if (found.From > CopyForm.Last)
        {
            (last, lastButOne) = (found.Distance, last);
        }
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
