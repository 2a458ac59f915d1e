using Grpc.Core;
using Vee.Protocol;

namespace Vee.Agent.Services;

// Images.
internal sealed partial class AgentService
{
    private const long ImageBytesMax = 64L << 20;
    private const int ChunkBytesMax = 256 * 1024;

    // A caller that stops sending would keep what was set aside for its image.
    private static readonly TimeSpan ChunkDeadline = TimeSpan.FromSeconds(30);

    public override Task<FindImageResponse> FindImage(FindImageRequest request, ServerCallContext context) =>
        Task.FromResult(new FindImageResponse { Found = images.Has(Checked.Digest("digest", request.Digest)) });

    public override async Task<FindImageResponse> UploadImage(
        IAsyncStreamReader<ImageChunk> requestStream, ServerCallContext context)
    {
        var first = await NextChunkAsync(requestStream, context.CancellationToken);
        if (first?.Header is not { } header)
        {
            throw Refused.Invalid("the first message must be the header");
        }

        var digest = Checked.Digest("digest", header.Digest);
        var bytes = Checked.Range("size_bytes", header.SizeBytes, 1, ImageBytesMax);
        if (images.Has(digest))
        {
            await DiscardAsync(requestStream, context.CancellationToken);
            return new FindImageResponse { Found = true };
        }

        await using var upload = images.BeginUpload(digest, bytes);
        while (await NextChunkAsync(requestStream, context.CancellationToken) is { } chunk)
        {
            if (chunk.ChunkCase != ImageChunk.ChunkOneofCase.Data || chunk.Data.Length > ChunkBytesMax)
            {
                throw Refused.Invalid($"after the header come pieces of at most {ChunkBytesMax} bytes");
            }

            await upload.WriteAsync(chunk.Data.Memory, context.CancellationToken);
        }

        await upload.CompleteAsync();
        return new FindImageResponse { Found = true };
    }

    /// <summary>Hears a caller out who could not know that the image is here.</summary>
    private async Task DiscardAsync(IAsyncStreamReader<ImageChunk> requestStream, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        while (await NextChunkAsync(requestStream, cancellationToken) is { } chunk)
        {
            bytes += chunk.Data.Length;
            if (bytes > ImageBytesMax)
            {
                throw Refused.Invalid($"more than {ImageBytesMax} bytes came");
            }
        }
    }

    private async Task<ImageChunk?> NextChunkAsync(
        IAsyncStreamReader<ImageChunk> requestStream, CancellationToken cancellationToken)
    {
        try
        {
            return await requestStream.MoveNext(cancellationToken).WaitAsync(ChunkDeadline, time, cancellationToken)
                ? requestStream.Current
                : null;
        }
        catch (TimeoutException)
        {
            throw Refused.With(
                StatusCode.DeadlineExceeded, null, $"nothing came for {ChunkDeadline.TotalSeconds} s");
        }
    }
}
