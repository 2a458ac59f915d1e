using System.Globalization;
using Vee.Hypervisor.Pages;
using Xunit;

namespace Vee.Hypervisor.Tests.Pages;

/// <summary>What comes from another host may be anything.</summary>
public sealed class HostilePagesTests
{
    private const int Guard = 256;
    private const byte GuardByte = 0xA7;

    public static TheoryData<PageKind> Kinds => [.. Enum.GetValues<PageKind>().Where(kind => kind != PageKind.None)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Random_bytes_are_refused_or_make_a_page(PageKind kind)
    {
        using var decoder = new PageDecoder([kind]);
        for (var seed = 1; seed <= 5000; seed++)
        {
            var random = new Random(seed);
            var encoded = new byte[random.Next(random.Next(5) == 0 ? 9000 : 40)];
            random.NextBytes(encoded);
            if (random.Next(2) == 0 && encoded.Length > 0)
            {
                // Plausible beginnings come further.
                encoded[0] = (byte)random.Next(66);
            }

            DecodeGuarded(decoder, kind, RandomPages.Pair(random).Old, encoded, seed);
        }
    }

    [Fact]
    public void Damaged_pages_are_refused_or_make_a_page()
    {
        var codecs = PageCodecKinds.All.Select(kind => kind.Create()).ToArray();
        using var decoder = new PageDecoder(Enum.GetValues<PageKind>().Where(kind => kind != PageKind.None));
        var encoded = new byte[PageFormat.DestinationBytes];
        for (var seed = 1; seed <= 3000; seed++)
        {
            var random = new Random(seed);
            var pair = RandomPages.Pair(random);
            foreach (var codec in codecs)
            {
                var result = codec.Encode(
                    new PageInput { Number = (ulong)seed % 3, Page = pair.New, Base = pair.Old }, encoded);
                var damaged = encoded.AsSpan(0, result.Bytes).ToArray();
                for (var flips = random.Next(1, 4); flips > 0 && damaged.Length > 0; flips--)
                {
                    damaged[random.Next(Math.Min(damaged.Length, 32))] ^= (byte)(1 << random.Next(8));
                    damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                }

                DecodeGuarded(decoder, result.Kind, pair.Old, damaged, seed);
                DecodeGuarded(
                    decoder, result.Kind, pair.Old, encoded.AsSpan(0, random.Next(result.Bytes + 1)).ToArray(), seed);
                DecodeGuarded(decoder, result.Kind, [], damaged, seed);
            }
        }

        Array.ForEach(codecs, codec => codec.Dispose());
    }

    [Fact]
    public void What_is_cut_off_or_too_long_is_no_page_of_a_mask_or_a_run()
    {
        using var codec = PageCodecKinds.Named("vee-fast")!.Create();
        using var decoder = new PageDecoder(codec.Kinds);
        var encoded = new byte[PageFormat.DestinationBytes];
        for (var seed = 1; seed <= 1000; seed++)
        {
            var pair = RandomPages.Pair(new Random(seed));
            var result = codec.Encode(new PageInput { Page = pair.New, Base = pair.Old }, encoded);
            if (result.Kind is PageKind.ByteMask or PageKind.WordMask or PageKind.NestedMask or PageKind.Raw)
            {
                encoded[result.Bytes] = 0;
                Assert.Equal(PageStatus.Malformed, decoder.Decode(
                    result.Kind, pair.Old, encoded.AsSpan(0, result.Bytes - 1), pair.New));
                Assert.Equal(PageStatus.Malformed, decoder.Decode(
                    result.Kind, pair.Old, encoded.AsSpan(0, result.Bytes + 1), pair.New));
            }
        }
    }

    [Theory]
    [InlineData(PageKind.ByteMask)]
    [InlineData(PageKind.WordMask)]
    [InlineData(PageKind.NestedMask)]
    [InlineData(PageKind.Copies)]
    public void Both_ways_of_reading_read_the_same(PageKind kind)
    {
        var (vector, scalar) = (new CopyReader(true), new CopyReader(false));
        for (var seed = 1; seed <= 2000; seed++)
        {
            var random = new Random(seed);
            var encoded = new byte[random.Next(2) == 0 ? random.Next(4096) : random.Next(30)];
            random.NextBytes(encoded);
            if (encoded.Length > 0 && random.Next(3) > 0)
            {
                encoded[0] = (byte)random.Next(3);
            }

            var old = RandomPages.Pair(random).Old;
            var (left, right) = ((byte[])old.Clone(), (byte[])old.Clone());
            var (first, second) = kind == PageKind.Copies
                ? (vector.TryRead(encoded, old, left), scalar.TryRead(encoded, old, right))
                : (MaskForms.TryRead(kind, encoded, old, MaskForms.IsVectorised, left),
                    MaskForms.TryRead(kind, encoded, old, false, right));
            var message = string.Create(CultureInfo.InvariantCulture, $"seed {seed}");
            Assert.True(first == second, message);
            Assert.True(!first || left.AsSpan().SequenceEqual(right), message);
        }
    }

    private static void DecodeGuarded(PageDecoder decoder, PageKind kind, byte[] old, byte[] encoded, int seed)
    {
        var page = new byte[PageFormat.PageBytes + (2 * Guard)];
        page.AsSpan().Fill(GuardByte);
        var before = (byte[])old.Clone();
        try
        {
            var status = decoder.Decode(kind, old, encoded, page.AsSpan(Guard, PageFormat.PageBytes));
            Assert.True(status is PageStatus.Done or PageStatus.Malformed or PageStatus.BaseMissing);
            Assert.Equal(before, old);
            Assert.False(page.AsSpan(0, Guard).ContainsAnyExcept(GuardByte));
            Assert.False(page.AsSpan(Guard + PageFormat.PageBytes).ContainsAnyExcept(GuardByte));
        }
        catch (Exception error)
        {
            throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {kind}, {encoded.Length} bytes"), error);
        }
    }
}
