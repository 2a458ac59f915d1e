using System.Text;
using Vee.Machines.Linux.Files.Generated;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>An open file of /proc or /sys: one text per reading from its start, so that a reader sees no
/// mixture.</summary>
internal sealed class GeneratedOpenFile(Process process, GeneratedFile file, string path)
    : InodeFile(process, file, path)
{
    internal const string Kind = "generated";

    /// <summary>Bytes of a text that a state may hold.</summary>
    private const int TextBytesMax = 64 << 20;

    private byte[] text = [];
    private long position;

    internal override bool IsSeekable => true;

    internal override bool SupportsEpoll => false;

    internal override string StateKind => Kind;

    internal override SyscallResult Read(Span<byte> destination)
    {
        var result = ReadAt(destination, position);
        position += Math.Max(0, result.Raw);
        return result;
    }

    internal override SyscallResult ReadAt(Span<byte> destination, long offset)
    {
        if (offset < 0)
        {
            return Errno.EINVAL;
        }

        if (offset == 0)
        {
            text = Encoding.Latin1.GetBytes(file.Produce());
        }

        if (offset >= text.Length)
        {
            return 0;
        }

        var count = Math.Min(destination.Length, text.Length - (int)offset);
        text.AsSpan((int)offset, count).CopyTo(destination);
        return count;
    }

    internal override SyscallResult Seek(long offset, int whence) =>
        Seeking.Move(ref position, offset, whence, text.Length);

    internal override void Save(StateWriter state)
    {
        base.Save(state);
        state.Int64("position", position);
        state.Bytes("text", text);
    }

    internal static OpenFile Restore(Process process, StateReader state)
    {
        var (inode, path) = ReadReference(process, state);
        return inode is GeneratedFile generated
            ? new GeneratedOpenFile(process, generated, path)
            {
                position = state.Int64("position", 0),
                text = state.Bytes("text", TextBytesMax),
            }
            : throw state.Refuse("inode", "not a generated file");
    }
}
