using Vee.Machines.Linux.Files;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux.Mappings;

/// <summary>
/// File mappings. A mapping is a copy of the file's pages. A shared one is brought into step with the file by every
/// call that reads or writes the file, by msync and by munmap (docs/machine.md, "Limits").
/// </summary>
internal static class SharedFiles
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>Copies a file into a fresh mapping; past its end there are zeros.</summary>
    internal static Errno Fill(Process process, OpenFile file, ulong address, ulong bytes, long offset)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (var done = 0UL; done < bytes;)
            {
                var wanted = (int)Math.Min(bytes - done, (ulong)buffer.Length);
                var read = file.ReadAt(buffer.AsSpan(0, wanted), offset + (long)done);
                if (read.IsError)
                {
                    return read.Error;
                }

                if (read.Raw == 0)
                {
                    ForbidBeyondEnd(process, address + done, address + bytes);
                    return Errno.None;
                }

                if (process.Memory.TryWriteProtected(address + done, buffer.AsSpan(0,
                    (int)read.Raw)) != AccessFault.None)
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
                ForEachPage(process, mapping, static (page, content, file, offset) =>
                {
                    if (!page[..content.Length].SequenceEqual(content))
                    {
                        file.Content.Write(offset, page[..content.Length]);
                    }

                    return false;
                });
            }
        }
    }

    /// <summary>Brings the stores of shared mappings into a file that is about to be read or written.</summary>
    internal static void WriteBack(Process process, RegularFile file)
    {
        foreach (var mapping in MappingsOf(process, file))
        {
            WriteBack(process, mapping.Start, mapping.End);
        }
    }

    /// <summary>Brings what was written to a file into its shared mappings.</summary>
    internal static void Refresh(Process process, RegularFile file)
    {
        foreach (var mapping in MappingsOf(process, file))
        {
            // The file may have grown into pages that were beyond its end.
            process.Memory.Protect(mapping.Start, mapping.Bytes, mapping.Protection);
            var held = PageNumber.RoundUp((ulong)Math.Max(0, file.Size - (long)mapping.Offset));
            ForbidBeyondEnd(process, mapping.Start + Math.Min(held, mapping.Bytes), mapping.End);
            ForEachPage(process, mapping, static (page, content, _, _) =>
                !page[..content.Length].SequenceEqual(content));
        }
    }

    /// <summary>
    /// Whether a part of a file already has a shared mapping. Mappings share no pages with each other, so a second
    /// one of the same part is refused instead of showing something else.
    /// </summary>
    internal static bool IsMapped(Process process, OpenFile file, ulong offset, ulong bytes) =>
        file.Inode is RegularFile inode && MappingsOf(process, inode).Any(
            mapping => mapping.Offset < offset + bytes && offset < mapping.Offset + mapping.Bytes);

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

            if (visit(process.Memory.Page(PageNumber.Of(address)), content, file, offset))
            {
                process.Memory.TryWriteProtected(address, content);
            }
        }
    }

    // Two methods, because the closure of the search would be allocated for every read of an unmapped file.
    private static Mapping[] MappingsOf(Process process, RegularFile file) =>
        process.MappedFiles.Count == 0 ? [] : FindMappings(process, file);

    private static Mapping[] FindMappings(Process process, RegularFile file) =>
        [.. process.Mappings.All.Where(mapping => mapping.File?.Inode == file)];

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
