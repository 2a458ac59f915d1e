using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests;

/// <summary>Agents that end, in whatever way, and others with the same directory.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task Killed_agent_comes_back_with_its_images_as_another_incarnation()
    {
        using var scratch = new ScratchDirectory();
        using var authority = new Authority();
        TestAgent.WriteCertificates(scratch, authority);
        var image = Programs.Waits();
        string first;
        using (var process = AgentProcess.Start(scratch.Root))
        {
            using var channel = TestAgent.Open(await process.AddressAsync(), authority.Client(), authority);
            var calls = new Protocol.Agent.AgentClient(channel);
            first = (await calls.DescribeAsync()).Incarnation;
            await calls.RunAsync(image);
            using var half = calls.UploadImage(cancellationToken: TestAgent.Token);
            await half.RequestStream.WriteAsync(
                new ImageChunk { Header = new ImageHeader { Digest = DigestOf([1]), SizeBytes = 1000 } },
                TestAgent.Token);
            await half.RequestStream.WriteAsync(
                new ImageChunk { Data = Google.Protobuf.ByteString.CopyFrom(new byte[500]) }, TestAgent.Token);
            var incoming = Path.Combine(scratch.PathOf("data"), "images", "incoming");
            await Wait.ForAsync(() => Directory.GetFiles(incoming).Length == 1, "the upload has begun");

            await process.KillAsync();
            Assert.Single(Directory.GetFiles(incoming));
        }

        using var next = AgentProcess.Start(scratch.Root);
        using var nextChannel = TestAgent.Open(await next.AddressAsync(), authority.Client(), authority);
        var nextCalls = new Protocol.Agent.AgentClient(nextChannel);

        var description = await nextCalls.DescribeAsync();
        Assert.Equal("test-agent", description.Name);
        Assert.True(Incarnation.Proves(description.Incarnation, first));
        Assert.Null(await nextCalls.LookAsync("vm-1"));
        Assert.True(await HasAsync(nextCalls, DigestOf(image)));
        Assert.False(await HasAsync(nextCalls, DigestOf([1])));
        Assert.Empty(Directory.GetFiles(Path.Combine(scratch.PathOf("data"), "images", "incoming")));
        next.Terminate();
        Assert.Equal(0, await next.ExitAsync());
    }

    [Fact]
    public async Task Second_agent_with_the_same_directory_is_refused()
    {
        await using var agent = await TestAgent.StartAsync();

        using var second = AgentProcess.Start(agent.Scratch.Root);

        Assert.Equal(1, await second.ExitAsync());
        Assert.Equal(
            $"The data directory '{agent.Options.DataDirectory}' is in use: another agent runs with it.",
            second.Refusal);
        var refusal = await Assert.ThrowsAsync<AgentStartException>(
            () => TestAgent.StartServerAsync(agent.Options));
        Assert.Contains("is in use", refusal.Message, StringComparison.Ordinal);
        await agent.Operator.CreateHostAsync();
    }

    [Fact]
    public async Task Bad_certificates_and_taken_ports_are_refused_with_their_names()
    {
        await using var agent = await TestAgent.StartAsync();
        using var scratch = new ScratchDirectory();
        var options = TestAgent.OptionsIn(scratch.Root);

        var refusal = await Assert.ThrowsAsync<AgentStartException>(() => TestAgent.StartServerAsync(options));
        Assert.Contains("ca.pem", refusal.Message, StringComparison.Ordinal);

        TestAgent.WriteCertificates(scratch, agent.Authority);
        var port = int.Parse(agent.Server.Address.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
        refusal = await Assert.ThrowsAsync<AgentStartException>(
            () => TestAgent.StartServerAsync(options with { Port = port }));
        Assert.Contains($"{port}", refusal.Message, StringComparison.Ordinal);

        // Neither kept the directory.
        await using var third = await TestAgent.StartServerAsync(options);
    }

    private static async Task<bool> HasAsync(Protocol.Agent.AgentClient calls, string digest) =>
        (await calls.FindImageAsync(
            new FindImageRequest { Digest = digest }, cancellationToken: TestAgent.Token)).Found;
}
