using System.Text;
using Vee.Cli.Up;
using Xunit;

namespace Vee.Cli.Tests.Up;

public sealed class ChildLogTests : IDisposable
{
    private readonly ScratchDirectory scratch = new();
    private readonly List<string> told = [];

    private string Log => Path.Combine(scratch.FullName, "child.log");

    private string Before => Log + ".before";

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task A_log_beyond_its_bound_is_put_aside_and_begun_anew()
    {
        await using var log = new ChildLog(Log, told.Add, bytesMax: 10);
        await log.BeginAsync();

        await log.CopyAsync(new Chunks("1234567\n", "89\n", "a\n"));

        Assert.Equal(("1234567\n", "89\na\n"), (File.ReadAllText(Before), File.ReadAllText(Log)));
        Assert.Empty(told);
    }

    [Fact]
    public async Task The_log_of_the_process_before_is_kept_beside_it()
    {
        scratch.Write("child.log", "first"u8);
        await using var log = new ChildLog(Log, told.Add);
        await log.BeginAsync();

        await log.CopyAsync(new Chunks("second"));

        Assert.Equal(("first", "second"), (File.ReadAllText(Before), File.ReadAllText(Log)));
    }

    [Fact]
    public async Task What_cannot_be_written_is_read_all_the_same_and_counted_when_there_is_room_again()
    {
        // Room for the first chunk and half of the second; from the fifth on for everything.
        var disk = new Disk { Room = 6 };
        await using var log = new ChildLog(Log, told.Add, _ => disk);
        await log.BeginAsync();

        await log.CopyAsync(
            new Chunks("one\n", "two\n", "three\n", "four\n", "five\n") { [4] = () => disk.Room = 999 });

        Assert.Equal(
            "one\n\n(15 bytes were lost here, they could not be written)\nfive\n",
            Encoding.UTF8.GetString(disk.ToArray()));
        Assert.Equal($"{Log} cannot be written, and what belongs there is lost: full", Assert.Single(told));
    }

    [Fact]
    public async Task A_loss_at_the_end_is_counted_too_if_there_is_room_by_then()
    {
        var disk = new Disk { Room = 4 };
        await using var log = new ChildLog(Log, told.Add, _ => disk);
        await log.BeginAsync();

        await log.CopyAsync(new Chunks("one\n", "two\n") { [2] = () => disk.Room = 999 });

        Assert.Equal(
            "one\n\n(4 bytes were lost here, they could not be written)\n", Encoding.UTF8.GetString(disk.ToArray()));
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_told_and_opened_later()
    {
        var isOpen = false;
        await using var log = new ChildLog(
            Log, told.Add, path => isOpen ? File.Create(path, 1) : throw new IOException("no room"));
        await log.BeginAsync();

        await log.CopyAsync(new Chunks("one\n", "two\n") { [1] = () => isOpen = true });
        await log.DisposeAsync();

        Assert.Equal("\n(4 bytes were lost here, they could not be written)\ntwo\n", File.ReadAllText(Log));
        Assert.EndsWith(": no room", Assert.Single(told), StringComparison.Ordinal);
    }

    /// <summary>What a pipe gives, read by read, and what happens before one of them.</summary>
    private sealed class Chunks(params string[] chunks) : MemoryStream
    {
        private readonly Dictionary<int, Action> before = [];
        private int index;

        internal Action this[int chunk]
        {
            set => before[chunk] = value;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            before.GetValueOrDefault(index)?.Invoke();
            return ValueTask.FromResult(
                index < chunks.Length ? Encoding.UTF8.GetBytes(chunks[index++], buffer.Span) : 0);
        }
    }

    /// <summary>A file on a disk with room for so many bytes: what does not fit is written in part.</summary>
    private sealed class Disk : MemoryStream
    {
        internal long Room { get; set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var fits = (int)Math.Min(buffer.Length, Math.Max(Room - Position, 0));
            Write(buffer.Span[..fits]);
            return fits == buffer.Length ? ValueTask.CompletedTask : throw new IOException("full");
        }
    }
}
