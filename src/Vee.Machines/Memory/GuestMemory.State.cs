using Vee.Machines.State;

namespace Vee.Machines.Memory;

// Saving and restoring pages. Mappings are restored by who owns them; dirty and access bits start a fresh epoch.
// JUSTIFICATION, SAFETY: as for the fields in GuestMemory.cs; every page is checked to be mapped first.
public sealed unsafe partial class GuestMemory
{
    private const int RunPagesMax = 256;

    /// <summary>Writes every present page, in runs.</summary>
    /// <exception cref="InvalidOperationException">A page is absent: its content is not here to be saved.</exception>
    internal void Save(StateWriter state)
    {
        state.List("runs", PresentRuns(), (writer, run) =>
        {
            writer.UInt64("first", run.First);
            writer.Bytes("bytes", new ReadOnlySpan<byte>(arena + (run.First << PageNumber.Shift),
                run.Count * PageNumber.Bytes));
        });
    }

    /// <summary>Reads pages into mappings that have been restored.</summary>
    internal void Restore(StateReader state)
    {
        var buffer = new byte[RunPagesMax * PageNumber.Bytes];
        state.List("runs", checked((int)Math.Min(PageCount, int.MaxValue)), (reader, _) =>
        {
            var first = reader.UInt64("first", PageCount - 1);
            var length = reader.BytesInto("bytes", buffer);
            if (length == 0 || length % PageNumber.Bytes != 0)
            {
                throw reader.Refuse("bytes", $"{length} bytes are not whole pages");
            }

            for (var offset = 0; offset < length; offset += PageNumber.Bytes)
            {
                RestorePage(reader, first + (ulong)(offset / PageNumber.Bytes), buffer.AsSpan(offset,
                    PageNumber.Bytes));
            }
        });
    }

    private void RestorePage(StateReader reader, ulong page, ReadOnlySpan<byte> content)
    {
        RestorePresent(reader, page);
        content.CopyTo(new Span<byte>(arena + (page << PageNumber.Shift), PageNumber.Bytes));
    }

    private void RestorePresent(StateReader reader, ulong page)
    {
        if (page >= PageCount || (flags[page] & PageFlags.Mapped) == 0)
        {
            throw reader.Refuse("first", $"page 0x{page << PageNumber.Shift:x} is not mapped");
        }

        if ((flags[page] & PageFlags.Present) != 0)
        {
            throw reader.Refuse("first", $"page 0x{page << PageNumber.Shift:x} comes twice");
        }

        if (!TryMakePresent(page))
        {
            throw reader.Refuse("bytes", $"more than the {RamPages} pages of RAM are present");
        }
    }

    /// <summary>Pages that hold something, each once.</summary>
    /// <exception cref="InvalidOperationException">A page is absent: its content is not here.</exception>
    private List<(ulong First, int Count)> PresentRuns()
    {
        var runs = new List<(ulong First, int Count)>();
        ForEachMappedPage(page =>
        {
            if ((flags[page.Value] & PageFlags.Absent) != 0)
            {
                throw new InvalidOperationException($"Page 0x{page.Address:x} is absent; supply it before saving.");
            }

            if ((flags[page.Value] & PageFlags.Present) == 0 || !IsHome(page.Value))
            {
                return;
            }

            var last = runs.Count - 1;
            if (last >= 0 && runs[last].First + (ulong)runs[last].Count == page.Value && runs[last].Count < RunPagesMax)
            {
                runs[last] = (runs[last].First, runs[last].Count + 1);
            }
            else
            {
                runs.Add((page.Value, 1));
            }
        });
        return runs;
    }
}
