using Vee.Machines.Linux.Files;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux.Mappings;

/// <summary>
/// File mappings. A mapping is a copy of the file's pages; the shared ones of one page are one copy, at several
/// addresses. A shared one is brought into step with the file by every call that reads or writes that part of the file,
/// by msync and by munmap (docs/machine.md, "Memory").
/// </summary>
internal static class SharedFiles
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>
    /// Maps a range with a file's content. Pages that other mappings of the file show have its bytes already, and
    /// perhaps newer ones.
    /// </summary>
    /// <param name="process">The process.</param>
    /// <param name="mapping">The mapping.</param>
    /// <param name="file">Where the content comes from; null for a mapping of zeros.</param>
    /// <returns>An error after which nothing is mapped there: without its content a shared mapping would destroy the
    /// file's.</returns>
    internal static Errno Map(Process process, in Mapping mapping, OpenFile? file)
    {
        if (file is not RegularOpenFile { File: var content })
        {
            return process.Mappings.Map(mapping);
        }

        // Before there are new pages, which are still empty.
        WriteBack(process, content, (long)mapping.Offset, (long)mapping.Bytes);
        var error = process.Mappings.Map(mapping);
        if (error != Errno.None)
        {
            return error;
        }

        error = Fill(process, content, mapping.Start, mapping.Bytes, (long)mapping.Offset);
        if (error != Errno.None)
        {
            process.Mappings.Unmap(mapping.Start, mapping.End);
        }

        return error;
    }

    private static Errno Fill(Process process, RegularFile file, ulong address, ulong bytes, long offset)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (var done = 0UL; done < bytes;)
            {
                var wanted = (int)Math.Min(bytes - done, ChunkBytes);
                var read = file.Content.Read(offset + (long)done, buffer.AsSpan(0, wanted));
                if (read.IsError)
                {
                    return read.Error;
                }

                if (read.Raw == 0)
                {
                    ForbidBeyondEnd(process, address + done, address + bytes);
                    return Errno.None;
                }

                if (!TryFillPages(process.Memory, address + done, buffer.AsSpan(0, (int)read.Raw)))
                {
                    return Errno.ENOMEM;
                }

                done += (ulong)read.Raw;
            }

            return Errno.None;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool TryFillPages(GuestMemory memory, ulong address, ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            var part = content[..Math.Min(content.Length, PageNumber.Bytes)];
            if (!memory.IsShared(PageNumber.Of(address))
                && memory.TryWriteProtected(address, part) != AccessFault.None)
            {
                return false;
            }

            content = content[part.Length..];
            address += (ulong)part.Length;
        }

        return true;
    }

    /// <summary>
    /// Pages wholly beyond a file's end are mapped but cannot be touched: the trap finds a mapping that allows what
    /// its page forbids, and that is SIGBUS (mmap(2), "Signals").
    /// </summary>
    private static void ForbidBeyondEnd(Process process, ulong endOfFile, ulong end)
    {
        var first = PageNumber.RoundUp(endOfFile);
        process.Memory.Protect(first, end - first, Protection.None);
    }

    /// <summary>Writes the shared mappings of a range back to their files.</summary>
    internal static void WriteBack(Process process, ulong start, ulong end)
    {
        if (process.MappedFiles.Count == 0)
        {
            return;
        }

        foreach (var mapping in process.Mappings.Overlapping(start, end).ToArray())
        {
            if (mapping.File is { CanWrite: true })
            {
                WriteBack(process, mapping);
            }
        }
    }

    /// <summary>Brings stores through shared mappings into a part of a file that is about to be used.</summary>
    internal static void WriteBack(Process process, RegularFile file, long offset, long bytes)
    {
        foreach (var mapping in MappingsOf(process, file, offset, bytes))
        {
            if (mapping.File is { CanWrite: true })
            {
                WriteBack(process, mapping);
            }
        }
    }

    /// <summary>Brings what was written to a part of a file into its shared mappings.</summary>
    internal static void Refresh(Process process, RegularFile file, long offset, long bytes)
    {
        foreach (var mapping in MappingsOf(process, file, offset, bytes))
        {
            ForEachPage(process, mapping, static (page, content, _, _) =>
                !page[..content.Length].SequenceEqual(content));
        }
    }

    /// <summary>
    /// Brings a file's new length into its shared mappings: pages beyond its end cannot be touched, and those that it
    /// has grown into read what it holds.
    /// </summary>
    /// <param name="process">The process.</param>
    /// <param name="file">The file.</param>
    /// <param name="before">Its length before.</param>
    internal static void RefreshLength(Process process, RegularFile file, long before)
    {
        if (file.Size == before)
        {
            return;
        }

        foreach (var mapping in MappingsOf(process, file, 0, long.MaxValue))
        {
            process.Memory.Protect(mapping.Start, mapping.Bytes, mapping.Protection);
            var held = PageNumber.RoundUp((ulong)Math.Max(0, file.Size - (long)mapping.Offset));
            ForbidBeyondEnd(process, mapping.Start + Math.Min(held, mapping.Bytes), mapping.End);
        }

        ZeroTail(process, file);
        var first = Math.Min(before, file.Size);
        Refresh(process, file, first, Math.Max(before, file.Size) - first);
    }

    /// <summary>What a mapping shows of a file's last page beyond its end is zero whenever the end moves.</summary>
    private static void ZeroTail(Process process, RegularFile file)
    {
        Span<byte> zeros = stackalloc byte[PageNumber.Bytes];
        zeros.Clear();
        var within = (int)(file.Size % PageNumber.Bytes);
        foreach (var mapping in MappingsOf(process, file, file.Size - within, within))
        {
            process.Memory.TryWriteProtected(mapping.Start + (ulong)within, zeros[within..]);
        }
    }

    /// <summary>
    /// Whether a part of a file has a shared mapping that a second one would have to show, where that cannot be done.
    /// </summary>
    internal static bool IsMappedAlone(Process process, OpenFile file, ulong offset, ulong bytes) =>
        !process.Memory.CanShare && file.Inode is RegularFile inode
        && process.Mappings.OfFile(inode, offset, bytes).Any();

    private static void WriteBack(Process process, in Mapping mapping) =>
        ForEachPage(process, mapping, static (page, content, file, offset) =>
        {
            if (!page[..content.Length].SequenceEqual(content))
            {
                file.Content.Write(offset, page[..content.Length]);
            }

            return false;
        });

    /// <summary>Sees a page beside the file's bytes; true copies the file's into the page.</summary>
    private delegate bool PageVisitor(
        ReadOnlySpan<byte> page, ReadOnlySpan<byte> content, RegularFile file, long offset);

    private static void ForEachPage(Process process, in Mapping mapping, PageVisitor visit)
    {
        var file = ((RegularOpenFile)mapping.File!).File;
        Span<byte> buffer = stackalloc byte[PageNumber.Bytes];
        for (var address = mapping.Start; address < mapping.End; address += PageNumber.Bytes)
        {
            // The last page of a file holds its tail only; a mapping never makes a file longer.
            var offset = (long)(mapping.Offset + (address - mapping.Start));
            var content = buffer[..(int)Math.Clamp(file.Size - offset, 0, PageNumber.Bytes)];
            if (content.IsEmpty || file.Content.Read(offset, content).Raw != content.Length)
            {
                return;
            }

            if (visit(process.Memory.PageInCall(PageNumber.Of(address)), content, file, offset))
            {
                process.Memory.TryWriteProtected(address, content);
            }
        }
    }

    // Two methods, because the iterator would be allocated for every read of an unmapped file.
    private static Mapping[] MappingsOf(Process process, RegularFile file, long offset, long bytes) =>
        process.MappedFiles.Count == 0 || bytes <= 0 ? [] : FindMappings(process, file, offset, bytes);

    private static Mapping[] FindMappings(Process process, RegularFile file, long offset, long bytes) =>
        [.. process.Mappings.OfFile(file, (ulong)offset, (ulong)bytes)];

    /// <summary>Keeps a file open for as long as a mapping writes back to it.</summary>
    internal static void Keep(Process process, OpenFile file)
    {
        if (process.MappedFiles.Add(file))
        {
            FileTable.AddReference(file);
        }
    }

    /// <summary>Lets go of files that no mapping writes back to any more; called after a range was unmapped.</summary>
    internal static void ReleaseUnmapped(Process process)
    {
        foreach (var file in process.MappedFiles.ToArray())
        {
            if (!process.Mappings.All.Any(mapping => ReferenceEquals(mapping.File, file)))
            {
                process.MappedFiles.Remove(file);
                process.Files.Release(file);
            }
        }
    }
}
