using Google.Protobuf;
using Grpc.Core;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests;

/// <summary>Messages that no well-meaning caller sends: each is refused, and the agent goes on.</summary>
public sealed class HostileTests
{
    public static TheoryData<string, string> BadMachines => new()
    {
        { nameof(CreateMachineRequest.Uid), "uid" },
        { "uid with a path", "uid" },
        { "long uid", "uid" },
        { nameof(CreateMachineRequest.Instance), "instance" },
        { "negative instance", "instance" },
        { "long name", "name" },
        { "no host", "host_uid" },
        { "digest with a path", "image_digest" },
        { "no program name", "program_name" },
        { "65 vcpus", "vcpu_count" },
        { "no memory", "memory_bytes" },
        { "much memory", "memory_bytes" },
        { "many arguments", "arguments" },
        { "NUL in an argument", "arguments[1]" },
        { "long arguments together", "arguments and environment" },
        { "nameless variable", "environment" },
        { "many ports", "ports" },
        { "port twice", "ports" },
        { "port 0", "ports[0].port" },
        { "port 65536", "ports[0].agent_port" },
        { "no console", "console_log_bytes" },
        { "large console", "console_log_bytes" },
    };

    [Fact]
    public async Task Bad_machines_are_refused_with_the_field_that_is_wrong()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync();
        foreach (var row in BadMachines)
        {
            var (kind, field) = row.Data;
            var refusal = await Assert.ThrowsAsync<RpcException>(() => agent.Operator.CreateAsync(Bad(kind)));

            Assert.True(StatusCode.InvalidArgument == refusal.StatusCode, $"{kind}: {refusal.Status}");
            Assert.True(
                refusal.Status.Detail.StartsWith(field, StringComparison.Ordinal), $"{kind}: {refusal.Status.Detail}");
        }

        Assert.Equal(0, (await agent.Operator.CreateHostAsync()).MemoryBytesAllocated);
    }

    [Fact]
    public async Task Bad_hosts_are_refused()
    {
        await using var agent = await TestAgent.StartAsync();

        foreach (var request in new[]
        {
            new CreateHostRequest { Uid = "a", MemoryBytes = 1 },
            new CreateHostRequest { Uid = "a", MemoryBytes = long.MaxValue },
            new CreateHostRequest { Uid = "", MemoryBytes = MebiByte },
            new CreateHostRequest { Uid = "a", MemoryBytes = MebiByte, Cores = { new CoreGroup { Count = 1 } } },
            new CreateHostRequest
            {
                Uid = "a",
                MemoryBytes = MebiByte,
                Cores = { Enumerable.Repeat(new CoreGroup { Count = 1, FrequencyMhz = 1 }, 17) },
            },
        })
        {
            await RefusalOfAsync(StatusCode.InvalidArgument, async () => await agent.Operator.CreateHostAsync(
                request, cancellationToken: TestAgent.Token));
        }
    }

    [Fact]
    public async Task Bad_uploads_are_refused_and_leave_nothing()
    {
        await using var agent = await TestAgent.StartAsync();
        var digest = DigestOf([1]);
        var header = new ImageChunk { Header = new ImageHeader { Digest = digest, SizeBytes = 1 << 20 } };
        foreach (var chunks in new ImageChunk[][]
        {
            [],
            [new ImageChunk()],
            [new ImageChunk { Data = ByteString.CopyFrom(1) }],
            [new ImageChunk { Header = new ImageHeader { Digest = "../../etc/passwd", SizeBytes = 1 } }],
            [new ImageChunk { Header = new ImageHeader { Digest = digest, SizeBytes = 0 } }],
            [new ImageChunk { Header = new ImageHeader { Digest = digest, SizeBytes = (64 << 20) + 1 } }],
            [new ImageChunk { Header = new ImageHeader { Digest = digest, SizeBytes = -1 } }],
            [header, header],
            [header, new ImageChunk { Data = ByteString.CopyFrom(new byte[(256 * 1024) + 1]) }],
        })
        {
            using var call = agent.Operator.UploadImage(cancellationToken: TestAgent.Token);
            try
            {
                foreach (var chunk in chunks)
                {
                    await call.RequestStream.WriteAsync(chunk, TestAgent.Token);
                }

                await call.RequestStream.CompleteAsync();
            }
            catch (RpcException)
            {
                // Refused before it was all said.
            }

            await RefusalOfAsync(StatusCode.InvalidArgument, async () => await call);
        }

        Assert.Empty(Directory.GetFiles(
            Path.Combine(agent.Options.DataDirectory, "images"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Bad_console_messages_end_their_call_only()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Waits());
        var target = new ConsoleInput { Target = new ConsoleTarget { Uid = "vm-1" } };
        foreach (var inputs in new ConsoleInput[][]
        {
            [],
            [new ConsoleInput { Data = ByteString.CopyFrom(1) }],
            [new ConsoleInput { Target = new ConsoleTarget { Uid = "vm-1", Instance = -1 } }],
            [target, target],
            [target, new ConsoleInput { Data = ByteString.CopyFrom(new byte[(64 * 1024) + 1]) }],
            [target, new ConsoleInput { Window = new WindowSize { Columns = 0, Rows = 1 } }],
        })
        {
            using var call = agent.Operator.Attach(cancellationToken: TestAgent.Token);
            foreach (var input in inputs)
            {
                await call.RequestStream.WriteAsync(input, TestAgent.Token);
            }

            await call.RequestStream.CompleteAsync();
            await RefusalOfAsync(
                StatusCode.InvalidArgument, async () => await call.ResponseStream.MoveNext(TestAgent.Token));
        }

        Assert.Equal(MachinePhase.Running, (await agent.Operator.LookAsync("vm-1"))?.Phase);
    }

    [Fact]
    public async Task Message_larger_than_the_limit_is_refused_before_it_is_read()
    {
        await using var agent = await TestAgent.StartAsync();
        var request = RequestFor(Programs.Exits(0));
        request.Arguments.Add(new string('x', 5 << 20));

        await RefusalOfAsync(StatusCode.ResourceExhausted, () => agent.Operator.CreateAsync(request));
    }

    private static CreateMachineRequest Bad(string kind)
    {
        var request = RequestFor(Programs.Exits(0));
        PublishedPort Port(string name, int port, int agentPort = 0) =>
            new() { Name = name, Port = port, AgentPort = agentPort };
        Action change = kind switch
        {
            nameof(CreateMachineRequest.Uid) => () => request.Uid = "",
            "uid with a path" => () => request.Uid = "../vm",
            "long uid" => () => request.Uid = new string('u', 129),
            nameof(CreateMachineRequest.Instance) => () => request.Instance = 0,
            "negative instance" => () => request.Instance = -1,
            "long name" => () => request.Name = new string('n', 254),
            "no host" => () => request.HostUid = "",
            "digest with a path" => () => request.ImageDigest = "sha256:/../../../etc/passwd",
            "no program name" => () => request.ProgramName = "",
            "65 vcpus" => () => request.VcpuCount = 65,
            "no memory" => () => request.MemoryBytes = 0,
            "much memory" => () => request.MemoryBytes = long.MaxValue,
            "many arguments" => () => request.Arguments.Add(Enumerable.Repeat("x", 257)),
            "NUL in an argument" => () => request.Arguments.Add(["x", "y\0z"]),
            "long arguments together" => () => request.Arguments.Add(Enumerable.Repeat(new string('x', 8000), 150)),
            "nameless variable" => () => request.Environment.Add("=value"),
            "many ports" => () => request.Ports.Add(Enumerable.Range(1, 33).Select(port => Port($"{port}", port))),
            "port twice" => () => request.Ports.Add([Port("a", 1), Port("a", 2)]),
            "port 0" => () => request.Ports.Add(Port("a", 0)),
            "port 65536" => () => request.Ports.Add(Port("a", 1, 65536)),
            "no console" => () => request.ConsoleLogBytes = 0,
            _ => () => request.ConsoleLogBytes = int.MaxValue,
        };
        change();
        return request;
    }
}
