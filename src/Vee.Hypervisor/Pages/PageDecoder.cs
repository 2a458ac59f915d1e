using System.Runtime.Intrinsics;
using ZstdSharp;

namespace Vee.Hypervisor.Pages;

/// <summary>Reads pages of every form that it was told to accept.</summary>
/// <remarks>
/// What it reads comes from another host and may be anything: a page is done or refused, no byte outside of the spans
/// given is touched, and it takes no longer than a page of that form may take. An object of one thread; nothing is
/// allocated for a page.
/// </remarks>
public sealed class PageDecoder : IDisposable
{
    private readonly ulong accepted;
    private readonly Decompressor? decompressor;
    private readonly CopyReader? copies;
    private readonly InflateReader? inflater;

    /// <summary>Makes a decoder.</summary>
    /// <param name="kinds">The forms that it accepts, <see cref="IPageCodec.Kinds"/> of what the other side uses.
    /// </param>
    /// <exception cref="ArgumentException">A kind is not one that there is.</exception>
    public PageDecoder(IEnumerable<PageKind> kinds)
    {
        foreach (var kind in kinds)
        {
            if (kind == PageKind.None || !Enum.IsDefined(kind))
            {
                throw new ArgumentException($"kinds: there is no form {(byte)kind}.", nameof(kinds));
            }

            accepted |= 1UL << (int)kind;
        }

        decompressor = Accepts(PageKind.Zstd) ? new Decompressor() : null;
        inflater = Accepts(PageKind.Deflate) ? new InflateReader() : null;
        copies = Accepts(PageKind.Copies) ? new CopyReader(Vector128.IsHardwareAccelerated) : null;
    }

    /// <summary>Whether pages of a form are read.</summary>
    public bool Accepts(PageKind kind) => (byte)kind < 64 && (accepted & (1UL << (int)kind)) != 0;

    /// <summary>Reads a page.</summary>
    /// <param name="kind">Its form, as the other side says.</param>
    /// <param name="oldPage">The page that the other side knows to be here; empty when there is none. It is not
    /// changed and must not overlap <paramref name="page"/>.</param>
    /// <param name="encoded">The bytes of the encoded page, all of them and no more.</param>
    /// <param name="page">Where it goes, <see cref="PageFormat.PageBytes"/>. Whatever is there after a refusal is no
    /// page.</param>
    /// <returns><see cref="PageStatus.Done"/>, or why it was refused.</returns>
    /// <exception cref="ArgumentException">A page of the caller has a wrong length.</exception>
    public PageStatus Decode(
        PageKind kind, ReadOnlySpan<byte> oldPage, ReadOnlySpan<byte> encoded, Span<byte> page)
    {
        if (page.Length != PageFormat.PageBytes)
        {
            throw new ArgumentException($"page has {page.Length} bytes, not {PageFormat.PageBytes}.", nameof(page));
        }

        if (!oldPage.IsEmpty && oldPage.Length != PageFormat.PageBytes)
        {
            throw new ArgumentException(
                $"oldPage has {oldPage.Length} bytes, not {PageFormat.PageBytes}.", nameof(oldPage));
        }

        if (!Accepts(kind))
        {
            return PageStatus.KindRefused;
        }

        if (oldPage.IsEmpty && NeedsBase(kind))
        {
            return PageStatus.BaseMissing;
        }

        return Read(kind, oldPage, encoded, page) ? PageStatus.Done : PageStatus.Malformed;
    }

    /// <summary>Gives back what the forms need.</summary>
    public void Dispose() => decompressor?.Dispose();

    // Copies may come from the page itself, so that form does without.
    private static bool NeedsBase(PageKind kind) => kind is PageKind.Unchanged or PageKind.RunLength
        or PageKind.CountedXor or PageKind.Positions or PageKind.ByteMask or PageKind.WordMask or PageKind.NestedMask;

    private bool Read(PageKind kind, ReadOnlySpan<byte> oldPage, ReadOnlySpan<byte> encoded, Span<byte> page)
    {
        switch (kind)
        {
            case PageKind.Unchanged when encoded.IsEmpty:
                oldPage.CopyTo(page);
                return true;
            case PageKind.Zero when encoded.IsEmpty:
                page.Clear();
                return true;
            case PageKind.Fill when encoded.Length == 1:
                page.Fill(encoded[0]);
                return true;
            case PageKind.Raw when encoded.Length == PageFormat.PageBytes:
                encoded.CopyTo(page);
                return true;
            case PageKind.Deflate:
                return inflater!.TryRead(encoded, page);
            case PageKind.Zstd:
                return ReadZstd(encoded, page);
            case PageKind.RunLength:
                oldPage.CopyTo(page);
                return RunLengthForm.TryRead(encoded, page);
            case PageKind.CountedXor:
                oldPage.CopyTo(page);
                return CountedXorForm.TryRead(encoded, page);
            case PageKind.Positions:
                oldPage.CopyTo(page);
                return PositionForm.TryRead(encoded, page);
            case PageKind.ByteMask or PageKind.WordMask or PageKind.NestedMask:
                return MaskForms.TryRead(kind, encoded, oldPage, MaskForms.IsVectorised, page);
            case PageKind.Copies:
                return copies!.TryRead(encoded, oldPage, page);
            default:
                return false;
        }
    }

    private bool ReadZstd(ReadOnlySpan<byte> encoded, Span<byte> page)
    {
        try
        {
            return decompressor!.TryUnwrap(encoded, page, out var length) && length == PageFormat.PageBytes;
        }
        catch (ZstdException)
        {
            // The library has no other way to say that bytes are not of the format.
            return false;
        }
    }
}
