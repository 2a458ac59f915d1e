namespace Vee.Machines.Memory;

// Pages that are read before they were ever stored to. They read as zero and hold nothing, so they do not count as RAM;
// but a host may spend a page of its own on each of them (not every kernel maps its one page of zeros), and a guest
// may read 64 GiB of them. So only a few are left to the host at a time.
// JUSTIFICATION, SAFETY: as for the fields in GuestMemory.cs; only mapped pages that are not present are given back.
public sealed unsafe partial class GuestMemory
{
    /// <summary>Host memory that such pages take at most, in guest pages: half a megabyte.</summary>
    private const int ZeroReadsMax = 128;

    private readonly ulong[] zeroReads = new ulong[ZeroReadsMax];
    private int zeroReadCount;

    /// <summary>Marks a page accessed that holds nothing, and gives earlier ones back when there are many.</summary>
    private void NoteZeroRead(ulong page)
    {
        lock (presence)
        {
            if (zeroReadCount == ZeroReadsMax)
            {
                GiveBackZeroReads_NeedsLock();
            }

            zeroReads[zeroReadCount++] = page;
            SetFlags(page, PageFlags.Accessed);
        }
    }

    private void GiveBackZeroReads_NeedsLock()
    {
        foreach (var page in zeroReads)
        {
            // Present is set under the same lock and before the store, so no store can be lost.
            if ((flags[page] & (PageFlags.Mapped | PageFlags.Present)) == PageFlags.Mapped)
            {
                // The next read is slow again, and counted again.
                ClearFlags(page, PageFlags.Accessed);
                ClearHostPageIfEmpty(page);
            }
        }

        zeroReadCount = 0;
    }

    private void ClearHostPageIfEmpty(ulong page)
    {
        var first = HostPageOf(page << PageNumber.Shift);
        foreach (var neighbour in FlagsOf(first, hostPageBytes))
        {
            if ((neighbour & PageFlags.Present) != 0)
            {
                return;
            }
        }

        HostPages.Clear(arena + first, hostPageBytes);
    }
}
