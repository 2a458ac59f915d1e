using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests;

/// <summary>What an agent refuses, with the reason that programs read.</summary>
public sealed class RefusalTests
{
    public static TheoryData<string, byte[], string> BadImages => new()
    {
        { "no ELF", "#!/bin/sh\necho hello\n"u8.ToArray(), Refusal.InvalidImage },
        { "empty of all but magic", "\u007fELF"u8.ToArray(), Refusal.InvalidImage },
        { "truncated", Programs.Exits(0)[..0x800], Refusal.InvalidImage },
        { "x86-64", new Program().Build(machine: 62), Refusal.WrongArchitecture },
        { "32 bits", new Program().Build(elfClass: 1), Refusal.WrongArchitecture },
    };

    [Theory]
    [MemberData(nameof(BadImages))]
    public async Task Image_that_cannot_run_is_refused(string kind, byte[] image, string reason)
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync();
        await agent.Operator.UploadAsync(image);

        var refusal = await RefusalOfAsync(
            StatusCode.InvalidArgument, () => agent.Operator.CreateAsync(RequestFor(image)));

        Assert.True(reason == refusal, $"{kind}: {refusal}");
        Assert.Equal(0, (await agent.Operator.CreateHostAsync()).MemoryBytesAllocated);
    }

    [Fact]
    public async Task Image_larger_than_the_machine_is_refused()
    {
        await using var agent = await TestAgent.StartAsync();
        var image = new Program().Build(dataBytes: 2 << 20);
        await agent.Operator.CreateHostAsync();
        await agent.Operator.UploadAsync(image);
        var request = RequestFor(image);
        request.MemoryBytes = MebiByte;

        Assert.Equal(Refusal.ImageTooLarge, await RefusalOfAsync(
            StatusCode.InvalidArgument, () => agent.Operator.CreateAsync(request)));
        request.MemoryBytes = 4 * MebiByte;
        await agent.Operator.CreateAsync(request);
    }

    [Fact]
    public async Task Unknown_image_host_and_machine_are_not_found()
    {
        await using var agent = await TestAgent.StartAsync();
        var image = Programs.Exits(0);
        await agent.Operator.CreateHostAsync();

        Assert.Equal(Refusal.UnknownImage, await RefusalOfAsync(
            StatusCode.NotFound, () => agent.Operator.CreateAsync(RequestFor(image))));
        await agent.Operator.UploadAsync(image);
        var elsewhere = RequestFor(image);
        elsewhere.HostUid = "host-2";
        Assert.Equal(Refusal.UnknownHost, await RefusalOfAsync(
            StatusCode.NotFound, () => agent.Operator.CreateAsync(elsewhere)));
        Assert.Equal(Refusal.UnknownMachine, await RefusalOfAsync(
            StatusCode.NotFound, () => agent.Operator.StartAsync()));

        // None of these took anything: the same instance can still be made.
        Assert.Equal(MachinePhase.Created, (await agent.Operator.CreateAsync(RequestFor(image))).Phase);
    }

    [Fact]
    public async Task Host_beyond_the_agents_memory_is_refused_with_the_arithmetic()
    {
        await using var agent = await TestAgent.StartAsync(options => options with { MemoryBytesMax = 100 * MebiByte });
        await agent.Operator.CreateHostAsync("a", 60 * MebiByte);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => agent.Operator.CreateHostAsync("b", 41 * MebiByte));

        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        Assert.Equal(Refusal.AgentFull, refusal.Trailers.GetValue(Refusal.Trailer));
        Assert.Contains("needs 42991616 bytes; of 104857600 62914560", refusal.Status.Detail, StringComparison.Ordinal);
        await agent.Operator.CreateHostAsync("b", 40 * MebiByte);
    }

    [Fact]
    public async Task Host_with_other_hardware_is_refused()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.CreateHostAsync("a", 60 * MebiByte);

        Assert.Equal(Refusal.HostDiffers, await RefusalOfAsync(
            StatusCode.AlreadyExists, () => agent.Operator.CreateHostAsync("a", 61 * MebiByte)));
        Assert.Equal(Refusal.HostDiffers, await RefusalOfAsync(
            StatusCode.AlreadyExists, () => agent.Operator.CreateHostAsync("a", 60 * MebiByte, 2000)));
    }

    [Fact]
    public async Task Host_with_machines_stays()
    {
        await using var agent = await TestAgent.StartAsync();
        await agent.Operator.RunAsync(Programs.Exits(0));
        await agent.Operator.AwaitEndAsync();

        Assert.Equal(Refusal.HostInUse, await RefusalOfAsync(
            StatusCode.FailedPrecondition,
            () => agent.Operator.DeleteHostAsync(HostUid)));
    }

    [Fact]
    public async Task Machine_beyond_its_hosts_memory_is_refused_until_another_goes()
    {
        await using var agent = await TestAgent.StartAsync();
        var image = Programs.Waits();
        await agent.Operator.UploadAsync(image);
        await agent.Operator.CreateHostAsync(memoryBytes: 40 * MebiByte);
        await agent.Operator.CreateAsync(RequestFor(image, "a"));
        await agent.Operator.CreateAsync(RequestFor(image, "b"));

        var refusal = await Assert.ThrowsAsync<RpcException>(() => agent.Operator.CreateAsync(RequestFor(image, "c")));

        Assert.Equal(
            (StatusCode.ResourceExhausted, Refusal.HostFull),
            (refusal.StatusCode, refusal.Trailers.GetValue(Refusal.Trailer)));
        Assert.Equal(
            "the machine needs 16777216 bytes; of 41943040 host 'host-1' has 8388608 free", refusal.Status.Detail);
        await agent.Operator.DeleteAsync("a");
        await agent.Operator.CreateAsync(RequestFor(image, "c"));
    }

    [Fact]
    public async Task Too_many_machines_are_refused()
    {
        await using var agent = await TestAgent.StartAsync(options => options with { MachineCountMax = 1 });
        var image = Programs.Waits();
        await agent.Operator.UploadAsync(image);
        await agent.Operator.CreateHostAsync();
        await agent.Operator.CreateAsync(RequestFor(image, "a"));

        Assert.Equal(Refusal.TooManyMachines, await RefusalOfAsync(
            StatusCode.ResourceExhausted, () => agent.Operator.CreateAsync(RequestFor(image, "b"))));
    }

    [Fact]
    public async Task Port_of_somebody_else_is_refused_and_nothing_stays_behind()
    {
        await using var agent = await TestAgent.StartAsync();
        var image = Programs.Waits();
        await agent.Operator.UploadAsync(image);
        await agent.Operator.CreateHostAsync();
        using var somebody = new TcpListener(IPAddress.Loopback, 0);
        somebody.Start();
        var request = RequestFor(image);
        request.Ports.Add(new PublishedPort { Name = "free", Port = 80 });
        request.Ports.Add(new PublishedPort
        {
            Name = "taken",
            Port = 81,
            AgentPort = ((IPEndPoint)somebody.LocalEndpoint).Port,
        });

        var refusal = await Assert.ThrowsAsync<RpcException>(() => agent.Operator.CreateAsync(request));
        Assert.Equal(StatusCode.AlreadyExists, refusal.StatusCode);
        Assert.Equal(Refusal.PortUnavailable, refusal.Trailers.GetValue(Refusal.Trailer));
        Assert.Equal(
            $"port {request.Ports[1].AgentPort} for 'taken' is somebody else's at agent 'test-agent': "
            + "give another ports[].agentPort, or leave it out and take a free one",
            refusal.Status.Detail);
        somebody.Stop();
        var created = await agent.Operator.CreateAsync(request);
        Assert.Equal(request.Ports[1].AgentPort, created.Ports[1].AgentPort);
        Assert.Equal($"127.0.0.1:{created.Ports[0].AgentPort}", created.Ports[0].Address);
        Assert.NotEqual(0, created.Ports[0].AgentPort);
    }

    [Fact]
    public async Task Machine_type_and_protocol_version_that_are_not_offered_are_refused()
    {
        await using var agent = await TestAgent.StartAsync();
        var request = RequestFor(Programs.Exits(0));
        request.Type = MachineType.System;

        Assert.Equal(Refusal.MachineTypeUnsupported, await RefusalOfAsync(
            StatusCode.InvalidArgument, () => agent.Operator.CreateAsync(request)));
        Assert.Equal(Refusal.ProtocolVersion, await RefusalOfAsync(
            StatusCode.FailedPrecondition,
            () => agent.Operator.DescribeAsync(2)));
    }
}
