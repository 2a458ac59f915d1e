using System.Text;
using Vee.Machines.Linux;
using Xunit;
using static Vee.Machines.Tests.Linux.Files.GuestFiles;

namespace Vee.Machines.Tests.Linux.Files;

/// <summary>Random file operations against a model: a dictionary from path to content, null for a directory.</summary>
public sealed class FileModelTests(ITestOutputHelper output)
{
    private readonly SortedDictionary<string, byte[]?> model = new(StringComparer.Ordinal) { ["/tmp"] = null };

    [Fact]
    public void File_system_behaves_like_a_dictionary_of_paths()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        Run(seed, 4000);
    }

    private void Run(int seed, int steps)
    {
        using var linux = new LinuxHarness();
        var random = new Random(seed);
        for (var step = 0; step < steps; step++)
        {
            linux.Rewind();
            var path = AnyPath(random);
            var (name, error, expected) = random.Next(7) switch
            {
                0 => ("mkdir", linux.MakeDirectory(path), ModelMakeDirectory(path)),
                1 => ("rmdir", linux.Unlink(path, directory: true), ModelRemoveDirectory(path)),
                2 => ("unlink", linux.Unlink(path), ModelUnlink(path)),
                3 => Rename(linux, path, AnyPath(random)),
                4 => Truncate(linux, path, random.Next(20_000)),
                _ => Write(linux, path, random),
            };
            Assert.True(error == expected,
                $"seed {seed}, step {step}: {name} {path} gave {error}, expected {expected}");
            if (step % 200 == 0)
            {
                Compare(linux, seed, step);
            }
        }

        Compare(linux, seed, steps);
    }

    private static string AnyPath(Random random)
    {
        var path = new StringBuilder("/tmp");
        for (var depth = random.Next(1, 4); depth > 0; depth--)
        {
            path.Append('/').Append((char)('a' + random.Next(4)));
        }

        return path.ToString();
    }

    private static string Parent(string path) => path[..path.LastIndexOf('/')];

    private Errno CheckParent(string path)
    {
        // The first component that is missing or no directory decides.
        for (var end = path.IndexOf('/', 1); end > 0; end = path.IndexOf('/', end + 1))
        {
            if (!model.TryGetValue(path[..end], out var content))
            {
                return Errno.ENOENT;
            }

            if (content is not null)
            {
                return Errno.ENOTDIR;
            }
        }

        return Errno.None;
    }

    private bool HasChildren(string path) => model.Keys.Any(key => Parent(key) == path);

    private Errno ModelMakeDirectory(string path)
    {
        var error = CheckParent(path);
        return error != Errno.None ? error : model.TryAdd(path, null) ? Errno.None : Errno.EEXIST;
    }

    private Errno ModelRemoveDirectory(string path)
    {
        var error = CheckParent(path);
        if (error != Errno.None || !model.TryGetValue(path, out var content))
        {
            return error != Errno.None ? error : Errno.ENOENT;
        }

        if (content is not null || HasChildren(path))
        {
            return content is not null ? Errno.ENOTDIR : Errno.ENOTEMPTY;
        }

        model.Remove(path);
        return Errno.None;
    }

    private Errno ModelUnlink(string path)
    {
        var error = CheckParent(path);
        if (error != Errno.None || !model.TryGetValue(path, out var content))
        {
            return error != Errno.None ? error : Errno.ENOENT;
        }

        if (content is null)
        {
            return Errno.EISDIR;
        }

        model.Remove(path);
        return Errno.None;
    }

    private (string Name, Errno Error, Errno Expected) Rename(LinuxHarness linux, string from, string to)
    {
        var expected = ModelRename(from, to);
        return ($"rename to {to}:", linux.Rename(from, to), expected);
    }

    private Errno ModelRename(string from, string to)
    {
        var error = CheckParent(from);
        error = error != Errno.None ? error : CheckParent(to);
        if (error != Errno.None || !model.TryGetValue(from, out var content))
        {
            return error != Errno.None ? error : Errno.ENOENT;
        }

        if (from == to)
        {
            return Errno.None;
        }

        if (content is null && to.StartsWith(from + "/", StringComparison.Ordinal))
        {
            return Errno.EINVAL;
        }

        if (model.TryGetValue(to, out var replaced))
        {
            if (replaced is null && from.StartsWith(to + "/", StringComparison.Ordinal))
            {
                return Errno.ENOTEMPTY;
            }

            if (content is null != replaced is null)
            {
                return replaced is null ? Errno.EISDIR : Errno.ENOTDIR;
            }

            if (HasChildren(to))
            {
                return Errno.ENOTEMPTY;
            }
        }

        foreach (var key in model.Keys.Where(key => key.StartsWith(from + "/", StringComparison.Ordinal)).ToArray())
        {
            model[to + key[from.Length..]] = model[key];
            model.Remove(key);
        }

        model[to] = content;
        model.Remove(from);
        return Errno.None;
    }

    private (string Name, Errno Error, Errno Expected) Truncate(LinuxHarness linux, string path, int length)
    {
        var expected = CheckParent(path);
        if (expected == Errno.None)
        {
            expected = !model.TryGetValue(path, out var content) ? Errno.ENOENT
                : content is null ? Errno.EISDIR : Errno.None;
            if (expected == Errno.None)
            {
                Array.Resize(ref content, length);
                model[path] = content;
            }
        }

        return ("truncate", linux.Call("truncate", linux.Text(path), (ulong)length).Error, expected);
    }

    private (string Name, Errno Error, Errno Expected) Write(LinuxHarness linux, string path, Random random)
    {
        var expected = CheckParent(path);
        model.TryGetValue(path, out var content);
        if (expected == Errno.None && content is null && model.ContainsKey(path))
        {
            expected = Errno.EISDIR;
        }

        var opened = linux.Open(path, Create | ReadWrite);
        if (opened.IsError)
        {
            return ("open", opened.Error, expected);
        }

        var bytes = new byte[random.Next(9000)];
        random.NextBytes(bytes);
        var offset = random.Next(20_000);
        content ??= [];
        if (bytes.Length > 0 && content.Length < offset + bytes.Length)
        {
            Array.Resize(ref content, offset + bytes.Length);
        }

        bytes.CopyTo(content.AsSpan(bytes.Length == 0 ? 0 : offset));
        model[path] = content;
        Assert.Equal(bytes.Length,
            linux.Must("pwrite64", (ulong)opened.Raw, linux.Bytes(bytes), (ulong)bytes.Length, (ulong)offset));
        if (random.Next(3) == 0)
        {
            var (start, length) = (random.Next(20_000), random.Next(1, 20_000));
            linux.Must("fallocate", (ulong)opened.Raw, 3, (ulong)start, (ulong)length);
            content.AsSpan(Math.Min(start, content.Length), Math.Clamp(content.Length - start, 0, length)).Clear();
        }

        linux.Must("close", (ulong)opened.Raw);
        return ("write", Errno.None, expected);
    }

    private void Compare(LinuxHarness linux, int seed, int step)
    {
        var found = new SortedDictionary<string, byte[]?>(StringComparer.Ordinal) { ["/tmp"] = null };
        Collect(linux, "/tmp", found);
        Assert.True(found.Keys.SequenceEqual(model.Keys, StringComparer.Ordinal),
            $"seed {seed}, step {step}: names differ");
        foreach (var (path, content) in model)
        {
            Assert.True((found[path] ?? []).AsSpan().SequenceEqual(content ?? []),
                $"seed {seed}, step {step}: {path} differs");
        }

        var files = linux.Process.FileSystem;
        var chunks = model.Values.Sum(content => ((content?.Length ?? 0) + 4095) / 4096 * 4096L);
        Assert.True(files.UsedBytes <= chunks + (64 << 10),
            $"seed {seed}, step {step}: {files.UsedBytes} bytes are counted");
    }

    private static void Collect(LinuxHarness linux, string path, SortedDictionary<string, byte[]?> found)
    {
        foreach (var name in linux.List(path).Where(name => name is not ("." or "..")))
        {
            linux.Rewind();
            var child = $"{path}/{name}";
            if ((linux.StatOf(child).Mode & 0xf000) == 0x4000)
            {
                found.Add(child, null);
                Collect(linux, child, found);
            }
            else
            {
                found.Add(child, Encoding.Latin1.GetBytes(linux.Get(child)));
            }
        }
    }
}
