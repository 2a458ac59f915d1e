using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Vee.Hypervisor.Pages;

/// <summary>Finds what a page has in common with the old one and with itself.</summary>
/// <remarks>
/// It goes through the page once and takes the copy that saves most where it stands: of the same place in the old page,
/// at one of the last two other distances, or from the last place with the same four bytes; unless the same place does
/// better a byte later. Looking at more places, and for others a byte later, takes twice the time and saves a
/// fiftieth of the bytes.
/// </remarks>
internal sealed class CopySearch
{
    private const int HashBits = 12;
    private const uint HashFactor = 2654435761;
    private const int HashBytes = sizeof(uint);

    // Of the old page and of copies every other place can be found; a copy may begin a byte before what was found.
    private const int Step = 2;

    // Copies of the same place and of the distance before are looked at from three bytes on.
    private const uint FirstBytes = 0xFF_FFFF;

    // A copy of the same place this long is taken without looking for a longer one elsewhere.
    private const int LongSamePlace = 32;

    // What a byte and a copy cost, in bits, as it turns out on pages of programs; and what a copy has to save.
    private const int ByteBits = 6;
    private const int SamePlaceBits = 7;
    private const int LastBits = 8;
    private const int OtherBits = 17;
    private const int GainMin = 11;

    private readonly byte[] window = new byte[CopyForm.WindowBytes + sizeof(ulong)];
    private readonly ushort[] heads = new ushort[1 << HashBits];
    private readonly CopySequence[] sequences = new CopySequence[(PageFormat.PageBytes / CopyForm.LengthMin) + 1];

    /// <summary>Finds copies.</summary>
    /// <param name="page">The page.</param>
    /// <param name="oldPage">The old one; empty for none.</param>
    /// <returns>The page in order, until the next call.</returns>
    internal ReadOnlySpan<CopySequence> Find(ReadOnlySpan<byte> page, ReadOnlySpan<byte> oldPage)
    {
        oldPage.CopyTo(window);
        page.CopyTo(window.AsSpan(PageFormat.PageBytes));

        // What has not been entered is found at the first place of all, which is as good as any.
        var first = oldPage.IsEmpty ? PageFormat.PageBytes : 0;
        heads.AsSpan().Fill((ushort)first);
        Enter(first + 1, PageFormat.PageBytes - HashBytes);
        return Find(first);
    }

    private ReadOnlySpan<CopySequence> Find(int first)
    {
        ReadOnlySpan<byte> bytes = window;
        var newest = heads.AsSpan();

        // Without an old page nothing is at the same place, and nothing before the first byte.
        var nowhere = first == 0 ? 0 : ulong.MaxValue;
        var (last, lastButOne, count, done) = (1, 1, 0, PageFormat.PageBytes);
        for (var at = first == 0 ? done : done + 1; at < CopyForm.WindowBytes;)
        {
            var here = BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
            ref var head = ref newest[Hash(unchecked((uint)here))];
            var candidate = (int)head;
            head = unchecked((ushort)at);
            var same = (here ^ Read(bytes, at - PageFormat.PageBytes)) | nowhere;
            var again = here ^ Read(bytes, at - last);
            var earlier = here ^ Read(bytes, at - lastButOne);
            var other = here ^ Read(bytes, candidate);
            if ((same & FirstBytes) != 0 && (again & FirstBytes) != 0 && (earlier & FirstBytes) != 0
                && unchecked((uint)other) != 0)
            {
                at++;
                continue;
            }

            var best = new Best { Gain = GainMin };
            best.Consider(Match(bytes, same, at, PageFormat.PageBytes), PageFormat.PageBytes, SamePlaceBits);
            if (best.Length < LongSamePlace)
            {
                best.Consider(Match(bytes, again, at, last), last, LastBits);
                best.Consider(Match(bytes, earlier, at, lastButOne), lastButOne, LastBits);
                if (unchecked((uint)other) == 0)
                {
                    var before = at > done && candidate > first && bytes[at - 1] == bytes[candidate - 1] ? 1 : 0;
                    best.Consider(
                        before + Match(bytes, other, at, at - candidate), at - candidate, OtherBits, before);
                }
            }

            if (best.Length == 0 || IsBetterNext(bytes, at + 1, best, nowhere))
            {
                at++;
                continue;
            }

            at -= best.Before;
            sequences[count++] = new CopySequence(done, at, best.Length, best.Distance);
            done = at + best.Length;
            if (best.Distance != PageFormat.PageBytes)
            {
                (last, lastButOne) = best.Distance == last ? (last, lastButOne) : (best.Distance, last);
                Enter(at + 1, Math.Min(done, CopyForm.WindowBytes - HashBytes));
            }

            at = done;
        }

        return EndAt(count, done);
    }

    private ReadOnlySpan<CopySequence> EndAt(int count, int done)
    {
        if (done < CopyForm.WindowBytes)
        {
            sequences[count++] = new CopySequence(done, CopyForm.WindowBytes, 0, 0);
        }

        return sequences.AsSpan(0, count);
    }

    // After a byte of its own what follows is often where it was.
    private static bool IsBetterNext(ReadOnlySpan<byte> bytes, int next, in Best best, ulong nowhere) =>
        best.Distance != PageFormat.PageBytes && next < CopyForm.WindowBytes
        && GainOf(
            Match(
                bytes, (Read(bytes, next) ^ Read(bytes, next - PageFormat.PageBytes)) | nowhere, next,
                PageFormat.PageBytes),
            SamePlaceBits) > best.Gain;

    private void Enter(int from, int to)
    {
        ReadOnlySpan<byte> bytes = window;
        var newest = heads.AsSpan();
        for (var at = from; at < to; at = unchecked(at + Step))
        {
            newest[Hash(BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]))] = unchecked((ushort)at);
        }
    }

    private static ulong Read(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Match(ReadOnlySpan<byte> bytes, ulong different, int at, int distance) => different == 0
        ? MatchMore(bytes, at, distance)
        : Math.Min(BitOperations.TrailingZeroCount(different) / 8, CopyForm.WindowBytes - at);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int MatchMore(ReadOnlySpan<byte> bytes, int at, int distance)
    {
        var rest = bytes[at..CopyForm.WindowBytes];
        return rest.CommonPrefixLength(bytes.Slice(at - distance, rest.Length));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Hash(uint bytes) => unchecked((int)((bytes * HashFactor) >> (32 - HashBits)));

    private static int GainOf(int length, int bits) => unchecked((length * ByteBits) - bits);

    private struct Best
    {
        internal int Gain;
        internal int Length;
        internal int Distance;
        internal int Before;

        /// <summary>Takes a copy that saves more.</summary>
        /// <param name="length">Its bytes.</param>
        /// <param name="distance">How far back they are.</param>
        /// <param name="bits">What it costs.</param>
        /// <param name="before">How many of the bytes are before the place that was looked at.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal void Consider(int length, int distance, int bits, int before = 0)
        {
            var gain = GainOf(length, bits);
            if (gain > Gain)
            {
                (Gain, Length, Distance, Before) = (gain, length, distance, before);
            }
        }
    }
}

/// <summary>Bytes, and a copy behind them.</summary>
internal readonly struct CopySequence
{
    private readonly ushort at;
    private readonly ushort count;
    private readonly ushort length;
    private readonly ushort distance;

    /// <summary>Makes one, of places in the window.</summary>
    internal CopySequence(int begin, int end, int length, int distance) 
    {
        unchecked
        {
            (at, count) = ((ushort)(begin - PageFormat.PageBytes), (ushort)(end - begin));
            (this.length, this.distance) = ((ushort)length, (ushort)distance);
        }
    }

    /// <summary>Where the bytes are in the page.</summary>
    internal int At => at;

    /// <summary>How many there are.</summary>
    internal int Count => count;

    /// <summary>How many bytes are copied; 0 when the page ends with bytes.</summary>
    internal int Length => length;

    /// <summary>How far back they are; a page for the same place of the old one.</summary>
    internal ushort Distance => distance;
}
