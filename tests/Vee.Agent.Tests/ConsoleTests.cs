using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests;

/// <summary>Consoles as callers see them.</summary>
public sealed class ConsoleTests
{
    [Fact]
    public async Task Attached_caller_types_and_reads_until_the_end()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Echoes());
        using var console = await AttachAsync(agent.Operator);

        await TypeAsync(console, "first ");
        await TypeAsync(console, "second");
        await console.RequestStream.WriteAsync(new ConsoleInput { End = new EndOfInput() }, TestAgent.Token);

        var (text, end) = await ReadToEndAsync(console.ResponseStream);
        Assert.Equal("first second", text);
        Assert.Equal((MachineEndReason.Exited, 0), (end.Reason, end.ExitStatus));
    }

    [Fact]
    public async Task Several_attach_and_each_reads_all_that_anybody_caused()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Echoes());
        using var one = await AttachAsync(agent.Operator);
        using var other = await AttachAsync(agent.Call(agent.Authority.Client(Roles.User)));

        await TypeAsync(one, new string('a', 100));
        await Wait.ForAsync(async () => (await agent.Operator.LogAsync()).Length == 100, "the first input is read");
        await TypeAsync(other, new string('b', 100));
        await Wait.ForAsync(async () => (await agent.Operator.LogAsync()).Length == 200, "the second input is read");
        using var late = await AttachAsync(agent.Operator, replay: true);
        await one.RequestStream.WriteAsync(new ConsoleInput { End = new EndOfInput() }, TestAgent.Token);

        var expected = new string('a', 100) + new string('b', 100);
        foreach (var console in new[] { one, other, late })
        {
            Assert.Equal(expected, (await ReadToEndAsync(console.ResponseStream)).Text);
        }
    }

    [Fact]
    public async Task Log_has_streams_times_and_tails()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Says("one\ntwo\nthree\n", "oops\n"));
        await agent.Operator.AwaitEndAsync();

        Assert.Equal("three\noops\n", await agent.Operator.LogAsync(tailLines: 2));
        Assert.Equal("one\ntwo\nthree\noops\n", await agent.Operator.LogAsync(tailLines: 100));
        using var call = agent.Operator.ReadLog(
            new ReadLogRequest { Uid = "vm-1", Follow = true }, cancellationToken: TestAgent.Token);
        var outputs = await call.ResponseStream.ReadAllAsync(TestAgent.Token).ToListAsync(TestAgent.Token);
        Assert.Equal(
            [(ConsoleStream.Output, "one\ntwo\nthree\n"), (ConsoleStream.Error, "oops\n")],
            outputs.Where(output => output.Data is not null)
                .Select(output => (output.Data.Stream, output.Data.Data.ToStringUtf8())));
        Assert.All(
            outputs.Where(output => output.Data is not null),
            output => Assert.InRange(
                DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - output.Data.WrittenAtWallMs, 0, 60_000));
        Assert.Equal(MachineEndReason.Exited, outputs[^1].End.Reason);
    }

    [Fact]
    public async Task Log_of_the_instance_before_is_kept_with_how_it_ended()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Says("first", ""));
        await agent.Operator.AwaitEndAsync();
        await agent.Operator.DeleteAsync(instance: 1);
        Assert.Equal("first", await agent.Operator.LogAsync(instance: 1));

        await agent.Operator.RunOnAsync(Programs.Says("second", ""), change: request => request.Instance = 2);
        await agent.Operator.AwaitEndAsync();
        Assert.Equal("second", await agent.Operator.LogAsync());
        using var call = agent.Operator.ReadLog(
            new ReadLogRequest { Uid = "vm-1", Instance = 1, Follow = true, TailLines = 1 },
            cancellationToken: TestAgent.Token);
        var (text, end) = await ReadToEndAsync(call.ResponseStream);
        Assert.Equal(("first", MachineEndReason.Exited), (text, end.Reason));

        await agent.Operator.RunOnAsync(Programs.Waits(), change: request => request.Instance = 3);
        Assert.Equal("second", await agent.Operator.LogAsync(instance: 2));
        Assert.Equal(Refusal.StaleInstance, await MachineCalls.RefusalOfAsync(
            StatusCode.FailedPrecondition, () => agent.Operator.LogAsync(instance: 1)));
    }

    /// <summary>An instance that is deleted is to be read the whole time, first as current, then as the last.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Reads_that_race_with_deletions_find_the_newest_instance_and_the_one_before(int seed)
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync();
        var image = Programs.Spins();
        await agent.Operator.UploadAsync(image);
        await agent.Operator.CreateAsync(RequestFor(image, instance: 1));
        var (made, given, isOver) = (1L, 0L, false);
        (Random Random, Protocol.Agent.AgentClient Calls)[] callers = [.. Enumerable.Range(0, 4).Select(
            number => (new Random((seed * 100) + number), agent.Call(agent.Authority.Client())))];
        var readers = callers.Select(reader => Task.Run(
            async () =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    var instance = Math.Max(1, Volatile.Read(ref made) - reader.Random.Next(2));
                    try
                    {
                        await reader.Calls.LogAsync(instance: instance);
                    }
                    catch (RpcException) when (Volatile.Read(ref given) >= instance)
                    {
                        // One console of a machine's deleted instances is kept, and a later one's has come.
                    }
                }
            },
            TestAgent.Token)).ToArray();
        for (; made < 400; Volatile.Write(ref made, made + 1))
        {
            // Whichever call deletes the newest one gives up the one before it.
            Volatile.Write(ref given, made - 1);
            if (made % 3 == 0)
            {
                await agent.Operator.DeleteAsync(instance: made);
            }

            await agent.Operator.CreateAsync(RequestFor(image, instance: made + 1));
        }

        Volatile.Write(ref isOver, true);
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task Slow_reader_loses_bytes_is_told_and_holds_nobody_up()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Floods());
        using var slow = await AttachAsync(agent.Operator);
        using var other = await AttachAsync(agent.Call(agent.Authority.Client()));

        // The slow one reads nothing while another reads far more than transport and log hold.
        var read = 0L;
        while (read < 8 << 20)
        {
            Assert.True(await other.ResponseStream.MoveNext(TestAgent.Token));
            read += Size(other.ResponseStream.Current);
        }

        await agent.Operator.StopAsync(0);
        await agent.Operator.AwaitEndAsync();
        var dropped = 0L;
        var received = 0L;
        await foreach (var output in slow.ResponseStream.ReadAllAsync(TestAgent.Token))
        {
            dropped += output.DroppedBytes;
            received += output.Data?.Data.Length ?? 0;
        }

        Assert.InRange(dropped, 1 << 20, long.MaxValue);
        Assert.Equal(0, (dropped + received) % 4096);
        Assert.True(dropped + received >= read, $"{dropped} + {received} < {read}");

        static long Size(ConsoleOutput output) => output.DroppedBytes + (output.Data?.Data.Length ?? 0);
    }

    [Fact]
    public async Task Log_keeps_the_last_bytes_only()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Floods(), change: request => request.ConsoleLogBytes = 4096);
        await Wait.ForAsync(
            async () => (await agent.Operator.MeasureAsync("vm-1")).RetiredInstructions > 1000, "much is written");
        await agent.Operator.StopAsync(0);
        await agent.Operator.AwaitEndAsync();

        var log = await agent.Operator.LogAsync();

        Assert.Equal(string.Concat(Enumerable.Repeat("0123456789abcde\n", 256)), log);
    }

    [Fact]
    public async Task Writer_waits_for_a_guest_that_does_not_read()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Waits());
        using var console = await AttachAsync(agent.Operator);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestAgent.Token);
        var written = 0;

        // 64 KiB wait for the guest; beside them only what the transport takes.
        var writing = Task.Run(
            async () =>
            {
                while (true)
                {
                    await TypeAsync(console, new string('x', 32 * 1024));
                    Interlocked.Add(ref written, 32 * 1024);
                }
            },
            TestAgent.Token);
        var before = -1;
        await Wait.ForAsync(
            async () =>
            {
                before = Volatile.Read(ref written);
                await Task.Delay(300, TestAgent.Token);
                return before == Volatile.Read(ref written);
            },
            "the writer waits");

        Assert.InRange(before, 64 * 1024, 16 << 20);
        await agent.Operator.StopAsync(0);
        Assert.Equal(MachineEndReason.Stopped, (await ReadToEndAsync(console.ResponseStream)).End.Reason);
        await Assert.ThrowsAnyAsync<Exception>(() => writing.WaitAsync(
            Wait.Limit, TimeProvider.System, TestAgent.Token));
    }

    [Fact]
    public async Task Terminal_has_the_size_that_was_set_last()
    {
        // ioctl(1, TIOCGWINSZ) and write(1, 8 bytes), whenever a line comes.
        var image = new Program()
            .Label("loop").Call(63, 0, Program.Data + 64, 64).Beq(Program.A0, Program.Zero, "end")
            .Call(29, 1, 0x5413, Program.Data).Call(64, 1, Program.Data, 8).Jump("loop")
            .Label("end").Call(93, 0).Build();
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(image, change: request => request.Terminal = true);
        using var console = await AttachAsync(agent.Operator);

        await console.RequestStream.WriteAsync(
            new ConsoleInput { Window = new WindowSize { Columns = 132, Rows = 43 } }, TestAgent.Token);
        await TypeAsync(console, "?\n");

        Assert.True(await console.ResponseStream.MoveNext(TestAgent.Token));
        Assert.Equal(
            [43, 0, 132, 0, 0, 0, 0, 0], console.ResponseStream.Current.Data.Data.ToByteArray());
    }

    private static async Task<AsyncDuplexStreamingCall<ConsoleInput, ConsoleOutput>> AttachAsync(
        Protocol.Agent.AgentClient calls, bool replay = false)
    {
        var call = calls.Attach(cancellationToken: TestAgent.Token);
        await call.RequestStream.WriteAsync(
            new ConsoleInput { Target = new ConsoleTarget { Uid = "vm-1", Replay = replay } }, TestAgent.Token);
        await call.ResponseHeadersAsync.WaitAsync(Wait.Limit, TimeProvider.System, TestAgent.Token);
        return call;
    }

    private static Task TypeAsync(AsyncDuplexStreamingCall<ConsoleInput, ConsoleOutput> console, string text) =>
        console.RequestStream.WriteAsync(
            new ConsoleInput { Data = ByteString.CopyFromUtf8(text) }, TestAgent.Token);

    private static async Task<(string Text, MachineEnd End)> ReadToEndAsync(IAsyncStreamReader<ConsoleOutput> outputs)
    {
        var text = new StringBuilder();
        MachineEnd? end = null;
        await foreach (var output in outputs.ReadAllAsync(TestAgent.Token))
        {
            text.Append(output.Data?.Data.ToStringUtf8());
            end = output.End ?? end;
        }

        return ($"{text}", end!);
    }
}
