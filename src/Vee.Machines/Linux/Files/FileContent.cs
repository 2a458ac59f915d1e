using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>
/// The bytes of a regular file: chunks where it was written, zeros elsewhere, and under both optionally a host file
/// that is read on demand and whose chunks are copied up when they are first written to.
/// </summary>
internal sealed class FileContent(FileSystem fileSystem, CachedPages pages)
{
    /// <summary>Bytes of a chunk: what the file system's limit is counted in.</summary>
    internal const int ChunkBytes = 4096;

    private readonly Dictionary<long, byte[]> chunks = [];
    private HostFile? lower;
    private long lowerBytes;

    /// <summary>Bytes of the file, holes included.</summary>
    internal long Length { get; private set; }

    /// <summary>How the file's pages stand to the disk.</summary>
    internal CachedPages Pages => pages;

    internal long AllocatedBytes => (long)chunks.Count * ChunkBytes;

    /// <summary>Lays the file over a host file.</summary>
    internal void SetLower(HostFile file)
    {
        lower = file;
        Length = lowerBytes = file.Size;
        pages.SetHostBytes(lowerBytes);
    }

    /// <summary>Reads bytes.</summary>
    /// <returns>The count, 0 at or past the end; EIO when the host's file cannot be read.</returns>
    internal SyscallResult Read(long offset, Span<byte> destination)
    {
        if (offset >= Length)
        {
            return 0;
        }

        var wanted = (int)Math.Min(destination.Length, Length - offset);
        for (var done = 0; done < wanted;)
        {
            var within = (int)((offset + done) % ChunkBytes);
            var part = destination.Slice(done, Math.Min(wanted - done, ChunkBytes - within));
            if (chunks.TryGetValue((offset + done) / ChunkBytes, out var chunk))
            {
                chunk.AsSpan(within, part.Length).CopyTo(part);
            }
            else if (!TryReadLower(offset + done, part))
            {
                return done > 0 ? done : Errno.EIO;
            }

            done += part.Length;
        }

        return wanted;
    }

    /// <summary>Writes bytes, growing the file.</summary>
    /// <returns>The count, which is short when space ran out; ENOSPC when nothing fitted, EIO for the host's
    /// file.</returns>
    internal SyscallResult Write(long offset, ReadOnlySpan<byte> source)
    {
        var done = 0;
        while (done < source.Length)
        {
            var within = (int)((offset + done) % ChunkBytes);
            var part = source.Slice(done, Math.Min(source.Length - done, ChunkBytes - within));
            var error = Obtain((offset + done) / ChunkBytes, part.Length == ChunkBytes, out var chunk);
            if (error != Errno.None)
            {
                return done > 0 ? done : error;
            }

            part.CopyTo(chunk.AsSpan(within));
            pages.Write((offset + done) / ChunkBytes);
            done += part.Length;
            Length = Math.Max(Length, offset + done);
        }

        return done;
    }

    /// <summary>Cuts or extends the file; new bytes read as zero.</summary>
    internal Errno SetLength(long length)
    {
        if (length < Length)
        {
            var last = length / ChunkBytes;
            var within = (int)(length % ChunkBytes);
            if (within != 0 && length < lowerBytes && Obtain(last, false, out _) is var error and not Errno.None)
            {
                // The chunk that is cut must not show the host's bytes when the file grows again.
                return error;
            }

            lowerBytes = Math.Min(lowerBytes, length);
            pages.SetHostBytes(lowerBytes);
            Drop(within == 0 ? last : last + 1, long.MaxValue);
            if (within != 0 && chunks.TryGetValue(last, out var chunk))
            {
                chunk.AsSpan(within).Clear();
            }
        }

        Length = length;
        return Errno.None;
    }

    /// <summary>Makes a range read as zero and gives its whole chunks back (FALLOC_FL_PUNCH_HOLE).</summary>
    internal Errno Punch(long offset, long length)
    {
        var end = Math.Min(Length, length > long.MaxValue - offset ? long.MaxValue : offset + length);
        if (lower is not null && offset < lowerBytes)
        {
            return PunchOverLower(offset, end);
        }

        if (offset >= end)
        {
            return Errno.None;
        }

        var first = (offset + ChunkBytes - 1) / ChunkBytes;
        var last = end == Length ? (end + ChunkBytes - 1) / ChunkBytes : end / ChunkBytes;
        ClearPart(offset, Math.Min(end, first * ChunkBytes));
        Drop(first, last);
        if (last >= first)
        {
            ClearPart(Math.Max(offset, last * ChunkBytes), end);
        }

        return Errno.None;
    }

    /// <summary>Reserves space for a range, so that writes to it cannot fail (fallocate).</summary>
    internal Errno Allocate(long offset, long length)
    {
        // More chunks than the whole file system may hold need no trying.
        if (length > fileSystem.BytesMax)
        {
            return Errno.ENOSPC;
        }

        for (var index = offset / ChunkBytes; index <= (offset + length - 1) / ChunkBytes; index++)
        {
            if (Obtain(index, false, out _) is var error and not Errno.None)
            {
                return error;
            }
        }

        return Errno.None;
    }

    /// <summary>The first offset from <paramref name="offset"/> on that holds data; -1 when only a hole
    /// follows.</summary>
    internal long FindData(long offset)
    {
        if (offset >= Length)
        {
            return -1;
        }

        if (offset < lowerBytes || chunks.ContainsKey(offset / ChunkBytes))
        {
            return offset;
        }

        var next = long.MaxValue;
        foreach (var index in chunks.Keys)
        {
            if (index > offset / ChunkBytes && index < next)
            {
                next = index;
            }
        }

        return next == long.MaxValue || next * ChunkBytes >= Length ? -1 : next * ChunkBytes;
    }

    /// <summary>The first offset from <paramref name="offset"/> on that is in a hole; the end counts as one.</summary>
    internal long FindHole(long offset)
    {
        if (offset >= Length)
        {
            return -1;
        }

        while (offset < Length && (offset < lowerBytes || chunks.ContainsKey(offset / ChunkBytes)))
        {
            offset = Math.Max(lowerBytes, ((offset / ChunkBytes) + 1) * ChunkBytes);
        }

        return Math.Min(offset, Length);
    }

    /// <summary>Pages of a range that the guest has written to; no more work than there are, however long it is.
    /// </summary>
    internal long[] Written(long first, long end) => end - first < chunks.Count
        ? [.. Range(first, end).Where(chunks.ContainsKey)]
        : [.. chunks.Keys.Where(page => page >= first && page < end)];

    private static IEnumerable<long> Range(long first, long end)
    {
        for (var page = first; page < end; page++)
        {
            yield return page;
        }
    }

    /// <summary>Gives all chunks back.</summary>
    internal void Free()
    {
        fileSystem.Refund(AllocatedBytes);
        fileSystem.Cache.Remove(pages);
        chunks.Clear();
        lower = null;
        Length = lowerBytes = 0;
    }

    internal void Save(StateWriter state)
    {
        state.Int64("length", Length);
        state.Int64("hostBytes", lowerBytes);
        (lower ?? HostFile.None).Save(state);
        state.List("chunks", [.. chunks.OrderBy(entry => entry.Key)], (writer, entry) =>
        {
            writer.Int64("index", entry.Key);
            writer.Bytes("data", entry.Value.AsSpan().TrimEnd((byte)0));
        });
        pages.Save(state);
    }

    internal void Restore(StateReader state)
    {
        Length = state.Int64("length", 0);
        lowerBytes = state.Int64("hostBytes", 0, Length);
        var host = HostFile.Restore(state, fileSystem);
        lower = host == HostFile.None ? null : host;
        if (lowerBytes > host.Size)
        {
            throw state.Refuse("hostBytes", $"{lowerBytes} bytes of a host file of {host.Size}");
        }

        var previous = -1L;
        state.List("chunks", FileSystem.ChunksMax, (reader, _) =>
        {
            previous = reader.Int64("index", previous + 1, long.MaxValue / ChunkBytes);
            if (!fileSystem.TryCharge(ChunkBytes))
            {
                throw reader.Refuse("index", $"the files hold more than {fileSystem.BytesMax} bytes");
            }

            var data = reader.Bytes("data", ChunkBytes);
            Array.Resize(ref data, ChunkBytes);
            chunks.Add(previous, data);
        });
        pages.SetHostBytes(lowerBytes);
        pages.Restore(state);
    }

    private bool TryReadLower(long offset, Span<byte> destination)
    {
        var fromHost = (int)Math.Clamp(lowerBytes - offset, 0, destination.Length);
        destination[fromHost..].Clear();
        for (var done = 0; done < fromHost;)
        {
            var count = fileSystem.Host?.Read(lower!.Path, offset + done, destination[done..fromHost]) ?? -1;
            if (count <= 0)
            {
                return false;
            }

            done += count;
        }

        return true;
    }

    private Errno Obtain(long index, bool overwritten, out byte[] chunk)
    {
        if (chunks.TryGetValue(index, out chunk!))
        {
            return Errno.None;
        }

        if (!fileSystem.TryCharge(ChunkBytes))
        {
            return Errno.ENOSPC;
        }

        chunk = new byte[ChunkBytes];
        if (!overwritten && index * ChunkBytes < lowerBytes && !TryReadLower(index * ChunkBytes, chunk))
        {
            fileSystem.Refund(ChunkBytes);
            return Errno.EIO;
        }

        chunks.Add(index, chunk);
        return Errno.None;
    }

    private Errno PunchOverLower(long offset, long end)
    {
        // Where the host's bytes lie below, a hole is a chunk of zeros.
        for (var index = offset / ChunkBytes; index * ChunkBytes < end; index++)
        {
            var start = Math.Max(offset, index * ChunkBytes);
            var stop = Math.Min(end, (index + 1) * ChunkBytes);
            if (index * ChunkBytes < lowerBytes)
            {
                if (Obtain(index, stop - start == ChunkBytes, out _) is var error and not Errno.None)
                {
                    return error;
                }
            }
            else
            {
                return Punch(start, end - start);
            }

            ClearPart(start, stop);
        }

        return Errno.None;
    }

    private void ClearPart(long start, long end)
    {
        if (start < end && chunks.TryGetValue(start / ChunkBytes, out var chunk))
        {
            chunk.AsSpan((int)(start % ChunkBytes), (int)(end - start)).Clear();
            pages.Write(start / ChunkBytes);
        }
    }

    private void Drop(long first, long end)
    {
        pages.Forget(first, end);
        var before = chunks.Count;
        if (end - first < before)
        {
            for (var index = first; index < end; index++)
            {
                chunks.Remove(index);
            }
        }
        else
        {
            foreach (var index in chunks.Keys.Where(index => index >= first && index < end).ToArray())
            {
                chunks.Remove(index);
            }
        }

        fileSystem.Refund((long)(before - chunks.Count) * ChunkBytes);
    }
}

/// <summary>The identity of a host file under a guest file: its path, and what it looked like when it was
/// found.</summary>
internal sealed record HostFile(string Path, long Size, long ModifyTime)
{
    /// <summary>No host file.</summary>
    internal static HostFile None { get; } = new("", 0, 0);

    internal void Save(StateWriter state)
    {
        state.Text("hostPath", Path);
        state.Int64("hostSize", Size);
        state.Int64("hostModifyTime", ModifyTime);
    }

    /// <summary>Reads an identity and checks that this host still has the same file.</summary>
    internal static HostFile Restore(StateReader state, FileSystem fileSystem)
    {
        var file = new HostFile(
            state.Text("hostPath", 2 * UserMemory.PathBytesMax), state.Int64("hostSize", 0),
            state.Int64("hostModifyTime"));
        if (file.Path.Length == 0)
        {
            return None;
        }

        var found = fileSystem.Host?.Find(file.Path);
        if (found is not { Type: HostEntryType.File } entry)
        {
            throw state.Refuse("hostPath", $"the root directory here has no file '{file.Path}'");
        }

        return entry.Size == file.Size && entry.ModifyTime == file.ModifyTime
            ? file
            : throw state.Refuse("hostModifyTime", $"'{file.Path}' in the root directory here is another version");
    }
}
