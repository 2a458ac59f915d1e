using System.Buffers.Binary;

namespace Vee.Machines.Linux.Files;

/// <summary>What stat tells of a file, and the guest's layouts of it.</summary>
internal readonly record struct FileStatus
{
    /// <summary>struct stat of asm-generic.</summary>
    internal const int StatBytes = 128;

    /// <summary>struct statx.</summary>
    internal const int StatxBytes = 256;

    private const int BlockBytes = 4096;
    private const int SectorBytes = 512;

    // STATX_BASIC_STATS and STATX_BTIME.
    private const uint StatxMask = 0xfff;

    // Descriptions without an inode share a device of their own.
    private const ulong AnonymousDevice = 4;

    private readonly Inode? inode;
    private readonly OpenFile? file;

    internal FileStatus(Inode? inode, OpenFile? file)
    {
        this.inode = inode;
        this.file = file;
    }

    private uint Mode => inode?.Mode ?? file?.AnonymousMode ?? 0;

    private ulong FileSystemDevice => inode?.FileSystemDevice ?? AnonymousDevice;

    private long Number => inode?.Number ?? file?.Id ?? 0;

    private uint Links => (uint)(inode?.LinkCount ?? 1);

    private long Blocks => (inode?.AllocatedBytes ?? 0) / SectorBytes;

    /// <summary>Fills struct stat.</summary>
    internal void WriteStat(Span<byte> stat)
    {
        stat.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(stat, FileSystemDevice);
        BinaryPrimitives.WriteInt64LittleEndian(stat[8..], Number);
        BinaryPrimitives.WriteUInt32LittleEndian(stat[16..], Mode);
        BinaryPrimitives.WriteUInt32LittleEndian(stat[20..], Links);
        BinaryPrimitives.WriteUInt32LittleEndian(stat[24..], inode?.User ?? 0);
        BinaryPrimitives.WriteUInt32LittleEndian(stat[28..], inode?.Group ?? 0);
        BinaryPrimitives.WriteUInt64LittleEndian(stat[32..], inode?.Device ?? 0);
        BinaryPrimitives.WriteInt64LittleEndian(stat[48..], inode?.Size ?? 0);
        BinaryPrimitives.WriteInt32LittleEndian(stat[56..], BlockBytes);
        BinaryPrimitives.WriteInt64LittleEndian(stat[64..], Blocks);
        WriteTime(stat[72..], inode?.AccessTime ?? 0);
        WriteTime(stat[88..], inode?.ModifyTime ?? 0);
        WriteTime(stat[104..], inode?.ChangeTime ?? 0);
    }

    /// <summary>Fills struct statx.</summary>
    internal void WriteStatx(Span<byte> statx)
    {
        statx.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(statx, StatxMask);
        BinaryPrimitives.WriteUInt32LittleEndian(statx[4..], BlockBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(statx[16..], Links);
        BinaryPrimitives.WriteUInt32LittleEndian(statx[20..], inode?.User ?? 0);
        BinaryPrimitives.WriteUInt32LittleEndian(statx[24..], inode?.Group ?? 0);
        BinaryPrimitives.WriteUInt16LittleEndian(statx[28..], (ushort)Mode);
        BinaryPrimitives.WriteInt64LittleEndian(statx[32..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(statx[40..], inode?.Size ?? 0);
        BinaryPrimitives.WriteInt64LittleEndian(statx[48..], Blocks);
        WriteTime(statx[64..], inode?.AccessTime ?? 0);
        WriteTime(statx[80..], inode?.BirthTime ?? 0);
        WriteTime(statx[96..], inode?.ChangeTime ?? 0);
        WriteTime(statx[112..], inode?.ModifyTime ?? 0);
        WriteDevice(statx[128..], inode?.Device ?? 0);
        WriteDevice(statx[136..], FileSystemDevice);
        BinaryPrimitives.WriteUInt64LittleEndian(statx[144..], FileSystemDevice);
    }

    // Seconds are rounded down, so that times before 1970 keep nanoseconds between 0 and a second.
    private static void WriteTime(Span<byte> time, long nanoseconds)
    {
        var (seconds, rest) = Math.DivRem(nanoseconds, VirtualClock.NanosecondsPerSecond);
        if (rest < 0)
        {
            (seconds, rest) = (seconds - 1, rest + VirtualClock.NanosecondsPerSecond);
        }

        BinaryPrimitives.WriteInt64LittleEndian(time, seconds);
        BinaryPrimitives.WriteUInt32LittleEndian(time[8..], (uint)rest);
    }

    private static void WriteDevice(Span<byte> device, ulong number)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(device, (uint)(number >> 8) & 0xfff);
        BinaryPrimitives.WriteUInt32LittleEndian(device[4..], (uint)(number & 0xff) | ((uint)(number >> 12) & 0xfff00));
    }
}
