using System.Diagnostics;
using Vee.Machines.Linux;
using Xunit;
using static Vee.Machines.Tests.Linux.Files.GuestFiles;

namespace Vee.Machines.Tests.Linux.Files;

public sealed class HostileArgumentsTests(ITestOutputHelper output)
{
    private const int Calls = 200_000;

    private static readonly TimeSpan CallMax = TimeSpan.FromSeconds(2);

    private ulong[] paths = [];
    private ulong structures;

    [Fact]
    public void No_arguments_make_a_call_throw()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        Run(seed, Calls);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Known_seed_passes(int seed) => Run(seed, Calls / 10);

    private void Run(int seed, int calls)
    {
        var random = new Random(seed);
        var rows = SyscallTable.All.Where(row => row.Handler!.Method.DeclaringType!.Namespace is
            "Vee.Machines.Linux.Files" or "Vee.Machines.Linux.Polling").ToArray();
        Assert.True(rows.Length > 70, $"{rows.Length} rows");
        var succeeded = new HashSet<string>(StringComparer.Ordinal);
        LinuxHarness? linux = null;
        for (var call = 0; call < calls; call++)
        {
            if (call % 200 == 0)
            {
                // Often, because sooner or later everything is closed.
                linux?.Dispose();
                linux = Prepare(random);
            }

            var row = rows[random.Next(rows.Length)];
            var arguments = new SyscallArguments(
                Pick(random, row, 0), Pick(random, row, 1), Pick(random, row, 2),
                Pick(random, row, 3), Pick(random, row, 4), Pick(random, row, 5));
            var started = Stopwatch.GetTimestamp();
            try
            {
                if (!MakeOnce(linux!, row, arguments).IsError)
                {
                    succeeded.Add(row.Name);
                }
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}, call {call}: {row.Name} {arguments}", failure);
            }

            // The largest transfer is 2 GiB; whatever takes longer is a loop that the guest controls.
            var elapsed = Stopwatch.GetElapsedTime(started);
            Assert.True(elapsed < CallMax, $"seed {seed}, call {call}: {row.Name} {arguments} took {elapsed}");
        }

        linux?.Dispose();
        var failed = string.Join(' ', rows.Select(row => row.Name).Except(succeeded, StringComparer.Ordinal));
        Assert.True(succeeded.Count > rows.Length * 4 / 5,
            $"seed {seed}: these never get past their first check: {failed}");
    }

    private static SyscallResult MakeOnce(LinuxHarness linux, Syscall row, in SyscallArguments arguments)
    {
        var thread = linux.Thread;
        var result = linux.Make(thread, row, arguments);
        if (result.IsBlocked)
        {
            linux.Process.Threads.MakeRunnable(thread, (WakeReason)(1 + (arguments.A0 % 3)));
            result = linux.Resume();
        }

        if (result.IsBlocked)
        {
            linux.Interrupt();
            result = linux.Resume();
        }

        if (result.IsBlocked)
        {
            // Calls that the dispatcher ends with EINTR by itself.
            linux.Process.Threads.MakeRunnable(thread, WakeReason.Signal);
            thread.EndCall();
        }

        thread.Signals.MaskToRestore = null;
        linux.Process.Clock.AdvanceTo(linux.Process.Clock.Now + 1000);
        return result;
    }

    private LinuxHarness Prepare(Random random)
    {
        var linux = new LinuxHarness(new ProcessOptions { Arguments = ["test"], FileBytesMax = 16 << 20 });
        linux.Process.Files.InstallStandardStreams();
        linux.Put("/tmp/file", "content");
        linux.MakeDirectory("/tmp/dir");
        linux.Symlink("file", "/tmp/link");
        linux.MustOpen("/tmp/file", ReadWrite);
        linux.MustOpen("/tmp", DirectoryOnly);
        linux.MustOpen("/proc/self/status");
        linux.MustOpen("/tmp/file", PathOnly);
        linux.MustOpen("/dev/zero", ReadWrite);
        linux.Pipe();
        linux.Pipe(NonBlocking);
        linux.Must("eventfd2", 1, 0);
        linux.Must("timerfd_create", 1, 0);
        linux.Must("signalfd4", ulong.MaxValue, linux.Words(ulong.MaxValue), 8, 0);
        linux.Must("epoll_create1", 0);
        linux.Must("epoll_create1", 0);
        linux.Must("memfd_create", linux.Text("m"), 2);
        // Paths and small structures lie at the start of scratch memory, where the argument picker points.
        linux.Rewind();
        string[] texts =
        [
            "/tmp/file", "file", "/tmp/dir", "/tmp/link", "", "/", ".", "..", "/tmp/dir/../new", "/proc/self/fd/3",
            "/proc/self/task/100/stat", "/dev/tty", "/tmp/p", new string('a', 300), "/proc",
            "/tmp/link/x", "//tmp//dir//",
        ];
        paths = [.. texts.Select(linux.Text)];
        structures = linux.Words();
        for (var index = 0; index < 128; index++)
        {
            linux.Words(Word(random), Word(random));
        }

        return linux;
    }

    private static ulong Word(Random random) => random.Next(4) switch
    {
        0 => Pick(random),
        1 => LinuxHarness.ScratchStart + (ulong)random.Next(1 << 20),
        _ => (ulong)random.Next(40),
    };

    /// <summary>Mostly an argument of the right kind, so that calls get past their first checks.</summary>
    private ulong Pick(Random random, Syscall row, int index)
    {
        if (index >= row.Arguments.Length || random.Next(4) == 0)
        {
            return Pick(random);
        }

        return row.Arguments[index] switch
        {
            ArgumentKind.File => random.Next(3) == 0 ? WorkingDirectory : (ulong)random.Next(24),
            ArgumentKind.Path or ArgumentKind.Text => paths[random.Next(paths.Length)],
            ArgumentKind.Bits => random.Next(2) == 0 ? 0 : 1UL << random.Next(22),
            ArgumentKind.Pointer => random.Next(3) == 0 ? 0 : structures + (16 * (ulong)random.Next(128)),
            ArgumentKind.Size => random.Next(2) == 0 ? 8 : (ulong)random.Next(300),
            _ => (ulong)random.Next(-2, 10),
        };
    }

    private static ulong Pick(Random random)
    {
        var end = LinuxHarness.ScratchStart + LinuxHarness.ScratchBytes;
        return random.Next(16) switch
        {
            0 => 0,
            1 => ulong.MaxValue,
            2 => unchecked((ulong)-100),
            3 => int.MaxValue,
            4 => (ulong)long.MaxValue - (ulong)random.Next(5000),
            5 => 1UL << 63,
            6 => (ulong)random.NextInt64(),
            7 => end - (ulong)random.Next(64),
            8 => 1UL << random.Next(64),
            9 or 10 => (ulong)random.Next(24),
            11 => (ulong)random.Next(1 << 17),
            12 => LinuxHarness.ScratchStart + (ulong)random.Next(1 << 20),
            _ => LinuxHarness.ScratchStart + (16 * (ulong)random.Next(160)),
        };
    }
}
