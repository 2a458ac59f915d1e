using System.Numerics;
using System.Runtime.InteropServices;

namespace Vee.Machines.Memory;

/// <summary>
/// What somebody else has of a machine's pages while they are copied to it: which pages it has as they are, and the
/// bytes that it has of those which have changed since.
/// </summary>
/// <remarks>
/// The bytes are kept when a page is first stored to after it was sent (its base image), so a copy is made of pages
/// that change, not of all. Pages that never were sent count as zero at the other side. All but the notes of stores
/// is called while the harts are stopped.
/// JUSTIFICATION (2): tables of as many entries as the arena has pages, of which few are touched, and pages of host
/// memory. SAFETY: page numbers are those of the memory's own pages, image numbers come from the table.
/// </remarks>
public sealed unsafe class SentPages : IDisposable
{
    // What the table says of a page; a number above 0 is the image that is kept of it.
    private const int NotThere = 0;
    private const int ThereAsItIs = -1;
    private const int ThereUnknown = -2;

    // Images that are looked at for one that may give way.
    private const int LooksMax = 16;

    // Bytes that a page and its image have in common: a bit for each that has changed takes as much.
    private const int EqualMin = PageNumber.Bytes / 8;

    private static readonly byte[] ZeroPage = new byte[PageNumber.Bytes];

    private readonly GuestMemory memory;
    private readonly int* table;
    private readonly byte* images;
    private readonly Stack<int> freeImages = new();
    private readonly List<ulong> gone = [];

    // Whose each image is, by its number less 1; what it says of free ones does not matter.
    private readonly List<ulong> owners = [];
    private readonly long imagesMax;
    private int nextLook;
    private bool disposed;

    internal SentPages(GuestMemory memory, long imagesMax)
    {
        this.memory = memory;
        this.imagesMax = Math.Min(imagesMax, int.MaxValue - 1);
        table = (int*)HostPages.AllocateTable(memory.PageCount * sizeof(int));
        images = this.imagesMax == 0 ? null : HostPages.AllocateTable((ulong)this.imagesMax * PageNumber.Bytes);
    }

    /// <summary>Base images that are kept now.</summary>
    public int ImageCount => owners.Count - freeImages.Count;

    /// <summary>Changed pages for which there was no room to keep an image: they are sent without a base.</summary>
    public long ImagesMissed { get; private set; }

    /// <summary>Pages that were stored to for the first time since they were mapped, or since they were sent: what the
    /// guest makes to be sent (again).</summary>
    public long DirtiedCount { get; private set; }

    /// <summary>
    /// Visits what the other side does not have as it is: first pages that it has and that hold nothing any more, then
    /// pages that hold something, in the order of their addresses.
    /// </summary>
    public void ForEachPending(Action<PageNumber> visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        foreach (var page in gone.Where(page => table[page] != NotThere && !memory.HoldsContent(page)).Distinct())
        {
            visitor(new PageNumber(page));
        }

        gone.RemoveAll(page => table[page] == NotThere || memory.HoldsContent(page));
        memory.GatherAtHomes();
        memory.ForEachPresentPage(page =>
        {
            if (IsPending(page))
            {
                visitor(page);
            }
        });
    }

    /// <summary>Whether the other side does not have a page as it is.</summary>
    public bool IsPending(PageNumber page) => memory.HoldsContent(page.Value)
        ? table[page.Value] != ThereAsItIs || memory.LinesSince(page.Value) != 0
        : table[page.Value] != NotThere;

    /// <summary>A page, zero if it holds nothing, and what is known of how the other side has it.</summary>
    public PageChange Look(PageNumber page)
    {
        var content = memory.HoldsContent(page.Value) ? memory.Page(page) : ZeroPage;
        var lines = memory.LinesSince(page.Value);
        return table[page.Value] switch
        {
            NotThere => new PageChange(content, ZeroPage, ulong.MaxValue),
            ThereAsItIs when lines == 0 => new PageChange(content, content, lines),
            ThereAsItIs or ThereUnknown => new PageChange(content, [], ulong.MaxValue),
            var image => new PageChange(content, new ReadOnlySpan<byte>(ImageAt(image), PageNumber.Bytes), lines),
        };
    }

    /// <summary>The other side gets a page as it is now.</summary>
    public void NoteSent(PageNumber page)
    {
        Free(page.Value);
        table[page.Value] = NotThere;
        // Lines of a page that holds nothing may be those of the one that it shows.
        if (memory.HoldsContent(page.Value))
        {
            memory.ClearLines(page.Value);
            table[page.Value] = ThereAsItIs;
        }
    }

    /// <summary>What was sent of a page may not have come.</summary>
    public void NoteLost(PageNumber page) => Forget(page.Value);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        memory.StopTracking(this);
        HostPages.Release((byte*)table, memory.PageCount * sizeof(int));
        if (images is not null)
        {
            HostPages.Release(images, (ulong)imagesMax * PageNumber.Bytes);
        }
    }

    /// <summary>A page is about to be stored to.</summary>
    internal void Keep(ulong page)
    {
        if (table[page] != ThereAsItIs)
        {
            return;
        }

        DirtiedCount++;
        var image = TakeImage();
        if (image == 0)
        {
            ImagesMissed++;
            table[page] = ThereUnknown;
            return;
        }

        owners[image - 1] = page;
        memory.Page(new PageNumber(page)).CopyTo(new Span<byte>(ImageAt(image), PageNumber.Bytes));
        table[page] = image;
    }

    /// <summary>A page is about to hold something for the first time.</summary>
    internal void NoteFresh() => DirtiedCount++;

    /// <summary>A page has lost what it held, other than by stores.</summary>
    internal void Forget(ulong page)
    {
        if (table[page] != NotThere)
        {
            Free(page);
            table[page] = ThereUnknown;
            gone.Add(page);
        }
    }

    /// <returns>A number of an image that nobody has; 0 when there is no room.</returns>
    private int TakeImage()
    {
        if (freeImages.TryPop(out var image))
        {
            return image;
        }

        if (owners.Count < imagesMax)
        {
            owners.Add(0);
            return owners.Count;
        }

        return Dislodge();
    }

    /// <summary>
    /// Takes away an image that is of no use: its page was stored to all over, and is as small without it. Others are
    /// worth the same or more than the new one, which may come to that too; they stay.
    /// </summary>
    /// <returns>Its number; 0 when none is found soon.</returns>
    private int Dislodge()
    {
        for (var count = Math.Min(LooksMax, owners.Count); count > 0; count--)
        {
            var index = nextLook;
            nextLook = (nextLook + 1) % owners.Count;
            var owner = owners[index];
            if (memory.LinesSince(owner) == ulong.MaxValue && CountEqual(owner, index + 1) < EqualMin)
            {
                table[owner] = ThereUnknown;
                return index + 1;
            }
        }

        return 0;
    }

    private int CountEqual(ulong page, int image)
    {
        var now = MemoryMarshal.Cast<byte, Vector<byte>>(memory.Page(new PageNumber(page)));
        var before = MemoryMarshal.Cast<byte, Vector<byte>>(
            new ReadOnlySpan<byte>(ImageAt(image), PageNumber.Bytes));
        var equal = 0;
        for (var index = 0; index < now.Length; index++)
        {
            equal -= Vector.Sum(Vector.AsVectorSByte(Vector.Equals(now[index], before[index])));
        }

        return equal;
    }

    private byte* ImageAt(int image) => images + ((long)(image - 1) << PageNumber.Shift);

    private void Free(ulong page)
    {
        if (table[page] > 0)
        {
            freeImages.Push(table[page]);
        }
    }
}

/// <summary>A page that may have changed since it was sent. Valid until the machine executes on.</summary>
/// <param name="content">Its bytes.</param>
/// <param name="baseImage">The bytes that the other side has; empty when nobody knows.</param>
/// <param name="lines">Bit i is set when line i may differ from them.</param>
public readonly ref struct PageChange(ReadOnlySpan<byte> content, ReadOnlySpan<byte> baseImage, ulong lines)
{
    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> Content { get; } = content;

    /// <summary>The bytes that the other side has; empty when nobody knows.</summary>
    public ReadOnlySpan<byte> Base { get; } = baseImage;

    /// <summary>Bit i is set when line i (64 bytes) may differ from the base.</summary>
    public ulong Lines { get; } = lines;
}
