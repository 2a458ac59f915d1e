using System.Buffers.Binary;
using System.Text;
using Vee.Machines.Memory;

namespace Vee.Machines.Elf;

/// <summary>One PT_LOAD segment: bytes of the file that appear at an address.</summary>
/// <param name="Address">p_vaddr, relative to the load base.</param>
/// <param name="MemoryBytes">p_memsz; what the file does not fill is zero.</param>
/// <param name="FileOffset">p_offset.</param>
/// <param name="FileBytes">p_filesz, at most <paramref name="MemoryBytes"/>.</param>
/// <param name="Protection">p_flags.</param>
public readonly record struct ElfSegment(
    ulong Address, ulong MemoryBytes, ulong FileOffset, ulong FileBytes, Protection Protection);

/// <summary>
/// A 64-bit little-endian RISC-V executable, checked: every range lies in the file, segments are in order and do not
/// overlap. Nothing of the file is believed before that.
/// </summary>
/// <remarks>Source: System V ABI, "Object Files"; RISC-V ELF psABI, e_machine 243.</remarks>
public sealed class ElfImage
{
    private const int HeaderBytes = 64;
    private const int ProgramHeaderBytes = 56;
    private const int ProgramHeadersMax = 128;
    private const ushort TypeExecutable = 2;
    private const ushort TypeShared = 3;
    private const ushort MachineRiscV = 243;
    private const uint SegmentLoad = 1;
    private const uint SegmentInterpreter = 3;

    private ElfImage(ReadOnlyMemory<byte> file) => File = file;

    /// <summary>The whole file.</summary>
    public ReadOnlyMemory<byte> File { get; }

    /// <summary>e_entry, relative to the load base.</summary>
    public ulong Entry { get; private init; }

    /// <summary>Whether the image may be loaded at any base (ET_DYN).</summary>
    public bool IsPositionIndependent { get; private init; }

    /// <summary>PT_LOAD segments, ascending and disjoint.</summary>
    public IReadOnlyList<ElfSegment> Segments { get; private init; } = [];

    /// <summary>PT_INTERP's path; null for a static program.</summary>
    public string? Interpreter { get; private init; }

    /// <summary>e_phoff, the file offset of the program headers.</summary>
    public ulong ProgramHeaderOffset { get; private init; }

    /// <summary>e_phnum.</summary>
    public int ProgramHeaderCount { get; private init; }

    /// <summary>Bytes of one program header (e_phentsize).</summary>
    public static int ProgramHeaderSize => ProgramHeaderBytes;

    /// <summary>One past the highest address that a segment covers, relative to the load base.</summary>
    public ulong End => Segments[^1].Address + Segments[^1].MemoryBytes;

    /// <summary>Reads and checks an executable.</summary>
    /// <param name="file">The file's bytes; kept.</param>
    /// <param name="refusal">Why it was refused, as a sentence for the user; empty when it was not.</param>
    /// <returns>The image, or null.</returns>
    public static ElfImage? TryParse(ReadOnlyMemory<byte> file, out string refusal)
    {
        refusal = CheckHeader(file.Span);
        if (refusal.Length != 0)
        {
            return null;
        }

        var bytes = file.Span;
        var offset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[56..]);
        var segments = new List<ElfSegment>();
        string? interpreter = null;
        for (var index = 0; index < count && refusal.Length == 0; index++)
        {
            var header = bytes.Slice((int)offset + index * ProgramHeaderBytes, ProgramHeaderBytes);
            switch (BinaryPrimitives.ReadUInt32LittleEndian(header))
            {
                case SegmentLoad:
                    refusal = AddSegment(header, (ulong)bytes.Length, segments);
                    break;
                case SegmentInterpreter:
                    refusal = ReadInterpreter(header, bytes, out interpreter);
                    break;
            }
        }

        if (refusal.Length == 0 && segments.Count == 0)
        {
            refusal = "the ELF file has no loadable segment";
        }

        return refusal.Length != 0 ? null : new ElfImage(file)
        {
            Entry = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            IsPositionIndependent = BinaryPrimitives.ReadUInt16LittleEndian(bytes[16..]) == TypeShared,
            Segments = segments,
            Interpreter = interpreter,
            ProgramHeaderOffset = offset,
            ProgramHeaderCount = count,
        };
    }

    /// <summary>Whether a file is ELF, but for another processor than the machine's.</summary>
    /// <param name="file">The file's bytes, however few.</param>
    public static bool IsForAnotherProcessor(ReadOnlySpan<byte> file) =>
        file.Length >= HeaderBytes && file[..4].SequenceEqual("\u007fELF"u8)
        && (file[4] != 2 || file[5] != 1 || BinaryPrimitives.ReadUInt16LittleEndian(file[18..]) != MachineRiscV);

    /// <summary>The address, relative to the load base, at which the program headers are in memory; 0 if they are
    /// not.</summary>
    public ulong ProgramHeaderAddress()
    {
        foreach (var segment in Segments)
        {
            if (ProgramHeaderOffset >= segment.FileOffset
                && ProgramHeaderOffset - segment.FileOffset < segment.FileBytes)
            {
                return segment.Address + (ProgramHeaderOffset - segment.FileOffset);
            }
        }

        return 0;
    }

    private static string CheckHeader(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4 || !bytes[..4].SequenceEqual("\u007fELF"u8))
        {
            return "not an ELF file";
        }

        if (bytes.Length < HeaderBytes)
        {
            return $"truncated: the ELF header needs {HeaderBytes} bytes, the file has {bytes.Length}";
        }

        if (bytes[4] != 2)
        {
            return $"ELF class {bytes[4]}: only 64-bit (2) programs run here";
        }

        if (bytes[5] != 1)
        {
            return $"ELF byte order {bytes[5]}: RISC-V programs are little-endian (1)";
        }

        var machine = BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]);
        if (machine != MachineRiscV)
        {
            return $"ELF machine {machine}: only RISC-V ({MachineRiscV}) programs run here";
        }

        var type = BinaryPrimitives.ReadUInt16LittleEndian(bytes[16..]);
        if (type is not (TypeExecutable or TypeShared))
        {
            return $"ELF type {type}: an executable (2) or position-independent executable (3) is needed";
        }

        var entryBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[56..]);
        var offset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]);
        if (entryBytes != ProgramHeaderBytes || count > ProgramHeadersMax)
        {
            return $"{count} program headers of {entryBytes} bytes: "
                + $"at most {ProgramHeadersMax} of {ProgramHeaderBytes} are read";
        }

        return !IsInside(offset, (ulong)count * ProgramHeaderBytes, (ulong)bytes.Length)
            ? "truncated: the program headers lie outside the file"
            : "";
    }

    private static string AddSegment(ReadOnlySpan<byte> header, ulong fileBytes, List<ElfSegment> segments)
    {
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        var segment = new ElfSegment(
            BinaryPrimitives.ReadUInt64LittleEndian(header[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(header[40..]),
            BinaryPrimitives.ReadUInt64LittleEndian(header[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(header[32..]),
            ((flags & 4) != 0 ? Protection.Read : 0)
            | ((flags & 2) != 0 ? Protection.Write : 0)
            | ((flags & 1) != 0 ? Protection.Execute : 0));
        if (segment.MemoryBytes == 0)
        {
            return "";
        }

        var at = $"segment at 0x{segment.Address:x}";
        if (!IsInside(segment.FileOffset, segment.FileBytes, fileBytes))
        {
            return $"truncated: {at} lies outside the file";
        }

        if (segment.FileBytes > segment.MemoryBytes)
        {
            return $"{at} has more bytes in the file than in memory";
        }

        if (!IsInside(segment.Address, segment.MemoryBytes, GuestMemory.ArenaBytesMax))
        {
            return $"{at} of {segment.MemoryBytes} bytes is outside the 256 GiB that a program can use";
        }

        if (((segment.Address ^ segment.FileOffset) & (PageNumber.Bytes - 1)) != 0)
        {
            return $"{at} is not aligned with its file offset 0x{segment.FileOffset:x}";
        }

        if (segments.Count != 0 && segment.Address < segments[^1].Address + segments[^1].MemoryBytes)
        {
            return $"{at} overlaps the one before it or is out of order";
        }

        segments.Add(segment);
        return "";
    }

    private static string ReadInterpreter(ReadOnlySpan<byte> header, ReadOnlySpan<byte> bytes, out string? path)
    {
        path = null;
        var offset = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        if (!IsInside(offset, length, (ulong)bytes.Length) || length is < 2 or > 4096)
        {
            return "the interpreter's path (PT_INTERP) lies outside the file";
        }

        var text = bytes.Slice((int)offset, (int)length);
        if (text[^1] != 0 || text[..^1].Contains((byte)0))
        {
            return "the interpreter's path (PT_INTERP) is not one zero-terminated text";
        }

        path = Encoding.Latin1.GetString(text[..^1]);
        return "";
    }

    private static bool IsInside(ulong offset, ulong length, ulong bound) => offset <= bound
        && length <= bound - offset;
}
