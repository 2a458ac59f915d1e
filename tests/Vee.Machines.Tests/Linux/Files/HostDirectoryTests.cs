using Vee.Machines.Linux;
using Vee.Machines.State;
using Xunit;
using static Vee.Machines.Tests.Linux.Files.GuestFiles;

namespace Vee.Machines.Tests.Linux.Files;

public sealed class HostDirectoryTests : IDisposable
{
    private readonly MemoryHostDirectory host = new MemoryHostDirectory()
        .Directory("etc").File("etc/passwd", "root:host\n")
        .Directory("lib").File("lib/big", new string('a', 10_000)).Link("lib/absolute", "/etc/passwd")
        .Directory("proc").File("proc/fake", "not shown")
        .Directory("data").Directory("data/deep").File("data/deep/file", "deep");

    private readonly LinuxHarness linux;

    public HostDirectoryTests() => linux = new LinuxHarness(Options(host));

    public void Dispose() => linux.Dispose();

    [Fact]
    public void Host_files_are_read_and_generated_trees_lie_over_them()
    {
        Assert.Equal("root:host\n", linux.Get("/etc/passwd"));
        Assert.Equal("vee\n", linux.Get("/etc/hostname"));
        Assert.Equal("deep", linux.Get("/data/deep/file"));
        Assert.Equal(Errno.ENOENT, linux.Open("/proc/fake").Error);
        Assert.Equal(5, linux.StatOf("/etc/passwd").ModifySeconds);
    }

    [Fact]
    public void Absolute_links_stay_inside_the_root() => Assert.Equal("root:host\n", linux.Get("/lib/absolute"));

    [Fact]
    public void Directories_are_listed_when_they_are_first_looked_into()
    {
        var before = host.Lists;

        linux.StatOf("/data");
        Assert.Equal(before, host.Lists);
        Assert.Equal("deep", linux.Get("/data/deep/file"));
        Assert.Equal("deep", linux.Get("/data/deep/file"));

        Assert.Equal(before + 2, host.Lists);
    }

    [Fact]
    public void Writing_changes_the_guest_and_never_the_host()
    {
        var file = linux.MustOpen("/lib/big", ReadWrite);
        linux.Must("pwrite64", file, linux.Text("XYZ"), 3, 4999);

        var text = linux.Get("/lib/big");

        Assert.Equal(new string('a', 4999) + "XYZ" + new string('a', 4998), text);
        Assert.Equal(new string('a', 10_000), host.Content("lib/big"));
    }

    [Fact]
    public void Cut_host_file_shows_zeros_when_it_grows_again()
    {
        linux.Must("truncate", linux.Text("/lib/big"), 100);
        linux.Must("truncate", linux.Text("/lib/big"), 300);

        Assert.Equal(new string('a', 100) + new string('\0', 200), linux.Get("/lib/big"));
    }

    [Fact]
    public void Removed_host_files_stay_removed()
    {
        Assert.Equal(Errno.None, linux.Unlink("/etc/passwd"));
        Assert.Equal(Errno.None, linux.Rename("/data/deep/file", "/data/moved"));

        Assert.Equal(Errno.ENOENT, linux.Open("/etc/passwd").Error);
        Assert.Equal("deep", linux.Get("/data/moved"));
        Assert.Equal([".", ".."], linux.List("/data/deep"));
    }

    [Fact]
    public void State_is_restored_over_the_same_host_files()
    {
        linux.Get("/data/deep/file");
        linux.MustOpen("/lib/big", ReadWrite);
        linux.Put("/data/new", "made here");
        using var restored = new LinuxHarness(Options(host));

        restored.RestoreFiles(linux.SaveFiles());

        Assert.Equal("deep", restored.Get("/data/deep/file"));
        Assert.Equal("made here", restored.Get("/data/new"));
        Assert.Equal(new string('a', 10_000), restored.Get("/lib/big"));
    }

    [Fact]
    public void State_is_refused_where_a_host_file_differs()
    {
        linux.Get("/data/deep/file");
        var saved = linux.SaveFiles();
        host.File("data/deep/file", "DEEP", time: 6_000_000_000);
        using var other = new LinuxHarness(Options(host));

        var refusal = Assert.Throws<StateRefusedException>(() => other.RestoreFiles(saved));

        Assert.Contains("hostModifyTime", refusal.Field, StringComparison.Ordinal);
        Assert.Contains("data/deep/file", refusal.Reason, StringComparison.Ordinal);
    }

    private static ProcessOptions Options(MemoryHostDirectory host) =>
        new() { Arguments = ["test"], RootDirectory = host };
}
