using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Xunit;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests;

/// <summary>Images on their way to the agent's disk and back.</summary>
public sealed class ImageTests
{
    [Fact]
    public async Task Uploaded_image_is_found_and_no_other()
    {
        await using var agent = await TestAgent.StartAsync();
        var image = Programs.Exits(0);

        Assert.False(await HasAsync(agent, DigestOf(image)));
        await agent.Operator.UploadAsync(image, chunkBytes: 1000);

        Assert.True(await HasAsync(agent, DigestOf(image)));
        Assert.Equal(image, File.ReadAllBytes(FileOf(agent, image)));
    }

    [Fact]
    public async Task Bytes_with_another_digest_leave_nothing()
    {
        await using var agent = await TestAgent.StartAsync();

        Assert.Equal(Refusal.DigestMismatch, await RefusalOfAsync(
            StatusCode.InvalidArgument, () => agent.Operator.UploadAsync([1, 2, 3], DigestOf([1, 2]))));

        Assert.False(await HasAsync(agent, DigestOf([1, 2])));
        Assert.Empty(Files(agent));
    }

    [Fact]
    public async Task Interrupted_upload_leaves_nothing()
    {
        await using var agent = await TestAgent.StartAsync();
        var image = Repository.Guest("kvstore");
        using (var call = agent.Operator.UploadImage(cancellationToken: TestAgent.Token))
        {
            await SendAsync(call, image, 300_000);
            await Wait.ForAsync(() => Files(agent).Length == 1, "it has begun");
        }

        await Wait.ForAsync(() => Files(agent).Length == 0, "it is forgotten");
        Assert.False(await HasAsync(agent, DigestOf(image)));
        await agent.Operator.UploadAsync(image);
        Assert.True(await HasAsync(agent, DigestOf(image)));
    }

    [Theory]
    [InlineData(100, 99)]
    [InlineData(100, 101)]
    public async Task Other_size_than_announced_is_refused(int announced, int sent)
    {
        await using var agent = await TestAgent.StartAsync();
        using var call = agent.Operator.UploadImage(cancellationToken: TestAgent.Token);
        await SendAsync(call, new byte[announced], sent);
        await call.RequestStream.CompleteAsync();

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await call);

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Contains("100", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(Files(agent));
    }

    [Fact]
    public async Task Image_larger_than_the_store_is_refused_and_others_make_room()
    {
        await using var agent = await TestAgent.StartAsync(options => options with { ImageBytesMax = 100_000 });
        byte[][] images = [new byte[40_000], new byte[40_001], new byte[40_002]];

        Assert.Equal(Refusal.ImageStoreFull, await RefusalOfAsync(
            StatusCode.ResourceExhausted, () => agent.Operator.UploadAsync(new byte[100_001])));
        await agent.Operator.UploadAsync(images[0]);
        await agent.Operator.UploadAsync(images[1]);
        Assert.True(await HasAsync(agent, DigestOf(images[0])));
        await agent.Operator.UploadAsync(images[2]);

        // The second had not been asked for since the first was.
        Assert.True(await HasAsync(agent, DigestOf(images[0])));
        Assert.False(await HasAsync(agent, DigestOf(images[1])));
        Assert.True(await HasAsync(agent, DigestOf(images[2])));
        Assert.Equal(2, Files(agent).Length);
    }

    [Fact]
    public async Task Image_damaged_on_disk_is_unknown_and_can_be_uploaded_again()
    {
        await using var agent = await TestAgent.StartAsync();
        var image = Programs.Exits(0);
        await agent.Operator.CreateHostAsync();
        await agent.Operator.UploadAsync(image);
        var file = FileOf(agent, image);
        var bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);

        Assert.Equal(Refusal.UnknownImage, await RefusalOfAsync(
            StatusCode.NotFound, () => agent.Operator.CreateAsync(RequestFor(image))));

        Assert.Empty(Files(agent));
        await agent.Operator.UploadAsync(image);
        await agent.Operator.CreateAsync(RequestFor(image));
    }

    [Fact]
    public async Task Full_disk_is_told_and_leaves_nothing()
    {
        using var disk = new ScratchDirectory();
        Assert.SkipUnless(
            await RunAsync("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.Root) == 0,
            "a small file system cannot be mounted here");
        try
        {
            await using var agent = await TestAgent.StartAsync(options => options with { DataDirectory = disk.Root });

            Assert.Equal(Refusal.ImageStoreFull, await RefusalOfAsync(
                StatusCode.ResourceExhausted, () => agent.Operator.UploadAsync(Repository.Guest("kvstore"))));

            Assert.Empty(Files(agent));
            await agent.Operator.UploadAsync(Programs.Exits(0));
        }
        finally
        {
            Assert.Equal(0, await RunAsync("umount", disk.Root));
        }
    }

    private static string[] Files(TestAgent agent) =>
        Directory.GetFiles(
            Path.Combine(agent.Options.DataDirectory, "images"), "*", SearchOption.AllDirectories);

    private static string FileOf(TestAgent agent, byte[] image) => Path.Combine(
        agent.Options.DataDirectory, "images", DigestOf(image).Replace(':', '-'));

    private static async Task<bool> HasAsync(TestAgent agent, string digest) =>
        (await agent.Operator.FindImageAsync(
            new FindImageRequest { Digest = digest }, cancellationToken: TestAgent.Token)).Found;

    private static async Task SendAsync(
        AsyncClientStreamingCall<ImageChunk, FindImageResponse> call, byte[] image, int bytes)
    {
        await call.RequestStream.WriteAsync(
            new ImageChunk { Header = new ImageHeader { Digest = DigestOf(image), SizeBytes = image.Length } },
            TestAgent.Token);
        foreach (var chunk in new byte[bytes].Chunk(100_000))
        {
            await call.RequestStream.WriteAsync(
                new ImageChunk { Data = ByteString.CopyFrom(chunk) }, TestAgent.Token);
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;
        await process.WaitForExitAsync(TestAgent.Token);
        return process.ExitCode;
    }
}
