using System.Buffers.Binary;
using System.Text;
using Vee.Machines.Linux;
using Xunit;

namespace Vee.Machines.Tests.Linux.Files;

/// <summary>File calls as short words, so that tests read like what a guest does.</summary>
internal static class GuestFiles
{
    internal const int ReadOnly = 0;
    internal const int WriteOnly = 1;
    internal const int ReadWrite = 2;
    internal const int Create = 0x40;
    internal const int Exclusive = 0x80;
    internal const int Truncate = 0x200;
    internal const int Append = 0x400;
    internal const int NonBlocking = 0x800;
    internal const int DirectoryOnly = 0x10000;
    internal const int NoFollow = 0x20000;
    internal const int PathOnly = 0x200000;
    internal const int TemporaryFile = 0x410000;
    internal const ulong WorkingDirectory = unchecked((ulong)-100);

    extension(LinuxHarness linux)
    {
        internal SyscallResult Open(string path, int flags = ReadOnly, uint mode = 0x1b6) =>
            linux.Call("openat", WorkingDirectory, linux.Text(path), (ulong)flags, mode);

        internal ulong MustOpen(string path, int flags = ReadOnly, uint mode = 0x1b6)
        {
            var result = linux.Open(path, flags, mode);
            Assert.False(result.IsError, $"open {path}: {result.Error}");
            return (ulong)result.Raw;
        }

        internal void Put(string path, string content)
        {
            var file = linux.MustOpen(path, Create | Truncate | WriteOnly);
            linux.Must("write", file, linux.Bytes(Encoding.Latin1.GetBytes(content)), (ulong)content.Length);
            linux.Must("close", file);
        }

        internal string Get(string path)
        {
            var file = linux.MustOpen(path);
            var text = linux.Drain(file);
            linux.Must("close", file);
            return text;
        }

        /// <summary>Reads up to the end.</summary>
        internal string Drain(ulong file)
        {
            const int Bytes = 65536;
            var text = new StringBuilder();
            var buffer = linux.Reserve(Bytes);
            while (linux.Must("read", file, buffer, Bytes) is > 0 and var count)
            {
                text.Append(linux.ReadText(buffer, (int)count));
            }

            return text.ToString();
        }

        internal SyscallResult WriteText(ulong file, string content) =>
            linux.Call("write", file, linux.Bytes(Encoding.Latin1.GetBytes(content)), (ulong)content.Length);

        internal (SyscallResult Result, string Text) ReadUpTo(ulong file, int bytes)
        {
            var buffer = linux.Reserve(bytes);
            var result = linux.Call("read", file, buffer, (ulong)bytes);
            return (result, result.Raw > 0 ? linux.ReadText(buffer, (int)result.Raw) : "");
        }

        internal Errno MakeDirectory(string path) =>
            linux.Call("mkdirat", WorkingDirectory, linux.Text(path), 0x1ff).Error;

        internal Errno Unlink(string path, bool directory = false) =>
            linux.Call("unlinkat", WorkingDirectory, linux.Text(path), directory ? 0x200u : 0).Error;

        internal Errno Rename(string from, string to, uint flags = 0) => linux.Call(
            "renameat2", WorkingDirectory, linux.Text(from), WorkingDirectory, linux.Text(to), flags).Error;

        internal Errno Link(string from, string to) => linux.Call(
            "linkat", WorkingDirectory, linux.Text(from), WorkingDirectory, linux.Text(to), 0).Error;

        internal Errno Symlink(string target, string path) =>
            linux.Call("symlinkat", linux.Text(target), WorkingDirectory, linux.Text(path)).Error;

        internal Stat StatOf(string path, bool follow = true)
        {
            var place = linux.Reserve(128);
            linux.Must("newfstatat", WorkingDirectory, linux.Text(path), place, follow ? 0u : 0x100);
            return new Stat(linux.Read(place, 128));
        }

        internal Stat StatOf(ulong file)
        {
            var place = linux.Reserve(128);
            linux.Must("fstat", file, place);
            return new Stat(linux.Read(place, 128));
        }

        /// <summary>Names of a directory with getdents64, in order.</summary>
        internal List<string> List(string path, int bufferBytes = 4096)
        {
            var directory = linux.MustOpen(path, DirectoryOnly);
            var names = new List<string>();
            var buffer = linux.Reserve(bufferBytes);
            while (linux.Must("getdents64", directory, buffer, (ulong)bufferBytes) is > 0 and var count)
            {
                var bytes = linux.Read(buffer, (int)count);
                for (var at = 0; at < count; at += BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 16)))
                {
                    var name = bytes.AsSpan(at + 19);
                    names.Add(Encoding.Latin1.GetString(name[..name.IndexOf((byte)0)]));
                }
            }

            linux.Must("close", directory);
            return names;
        }

        internal (ulong Reader, ulong Writer) Pipe(int flags = 0)
        {
            var place = linux.Reserve(8);
            linux.Must("pipe2", place, (ulong)flags);
            return (linux.Read<uint>(place), linux.Read<uint>(place + 4));
        }
    }

    /// <summary>The guest's struct stat.</summary>
    internal sealed class Stat(byte[] bytes)
    {
        internal long Inode => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8));

        internal uint Mode => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(16));

        internal uint Links => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(20));

        internal long Size => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(48));

        internal long Blocks => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(64));

        internal long ModifySeconds => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(88));
    }
}
