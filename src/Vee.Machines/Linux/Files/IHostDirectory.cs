namespace Vee.Machines.Linux.Files;

/// <summary>What an entry of a host directory is.</summary>
public enum HostEntryType : byte
{
    /// <summary>Not an entry.</summary>
    Invalid = 0,

    /// <summary>A file with bytes.</summary>
    File = 1,

    /// <summary>A directory.</summary>
    Directory = 2,

    /// <summary>A symbolic link; its target is resolved inside the guest's root.</summary>
    SymbolicLink = 3,
}

/// <summary>One entry of a host directory.</summary>
/// <param name="Name">Its name; each byte of the host's name is one character (Latin-1).</param>
/// <param name="Type">What it is; the owner leaves out sockets, devices and pipes.</param>
/// <param name="Permissions">Permission bits, 0..4095.</param>
/// <param name="Size">Bytes of a file.</param>
/// <param name="ModifyTime">Nanoseconds since 1970.</param>
public readonly record struct HostEntry(
    string Name, HostEntryType Type, uint Permissions, long Size, long ModifyTime);

/// <summary>
/// A directory of the host that is the lower layer of a guest's root. The machine only reads it. Paths are relative
/// to it, with '/' between names; the directory itself is the empty path.
/// </summary>
public interface IHostDirectory
{
    /// <summary>The entries of a directory without "." and "..", in any order.</summary>
    /// <returns>Null when it cannot be read.</returns>
    IReadOnlyList<HostEntry>? List(string path);

    /// <summary>Looks at one entry without following symbolic links.</summary>
    /// <returns>Null when it does not exist.</returns>
    HostEntry? Find(string path);

    /// <summary>Reads bytes of a file at an offset.</summary>
    /// <returns>The bytes read, 0 at the end, -1 when the file cannot be read.</returns>
    int Read(string path, long offset, Span<byte> destination);

    /// <summary>The target of a symbolic link.</summary>
    /// <returns>Null when it cannot be read.</returns>
    string? ReadLink(string path);
}
