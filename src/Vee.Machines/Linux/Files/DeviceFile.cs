using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>st_rdev of the devices that exist (Documentation/admin-guide/devices.txt): major * 256 + minor.</summary>
internal static class DeviceNumbers
{
    internal const ulong Null = 0x103;
    internal const ulong Zero = 0x105;
    internal const ulong Full = 0x107;
    internal const ulong Random = 0x108;
    internal const ulong PseudoRandom = 0x109;
    internal const ulong Terminal = 0x500;
    internal const ulong Console = 0x501;
    internal const ulong FirstTerminal = 0x8800;
}

/// <summary>An open memory device: /dev/null, zero, full, random and urandom.</summary>
internal sealed class DeviceFile(Process process, DeviceNode node, string path) : InodeFile(process, node, path)
{
    internal const string Kind = "device";

    internal override bool IsSeekable => true;

    internal override bool SupportsEpoll => false;

    internal override string StateKind => Kind;

    /// <summary>Whether a device number is one of these.</summary>
    internal static bool Supports(DeviceNode node) => node.Type == FileType.CharacterDevice && node.Device is
        DeviceNumbers.Null or DeviceNumbers.Zero or DeviceNumbers.Full or DeviceNumbers.Random
        or DeviceNumbers.PseudoRandom;

    internal override SyscallResult Read(Span<byte> destination)
    {
        switch (node.Device)
        {
            case DeviceNumbers.Null:
                return 0;
            case DeviceNumbers.Random:
            case DeviceNumbers.PseudoRandom:
                Process.Random.Fill(destination);
                return destination.Length;
            default:
                destination.Clear();
                return destination.Length;
        }
    }

    internal override SyscallResult Write(ReadOnlySpan<byte> source) =>
        node.Device == DeviceNumbers.Full && !source.IsEmpty ? Errno.ENOSPC : source.Length;

    internal override SyscallResult ReadAt(Span<byte> destination, long offset) => Read(destination);

    internal override SyscallResult WriteAt(ReadOnlySpan<byte> source, long offset) => Write(source);

    internal override SyscallResult Seek(long offset, int whence) => whence is >= 0 and <= 2 ? 0 : Errno.EINVAL;

    internal static OpenFile Restore(Process process, StateReader state)
    {
        var (inode, path) = ReadReference(process, state);
        return inode is DeviceNode device && Supports(device)
            ? new DeviceFile(process, device, path)
            : throw state.Refuse("inode", "not a device that can be open");
    }
}
