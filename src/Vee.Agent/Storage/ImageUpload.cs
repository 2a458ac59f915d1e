using System.Security.Cryptography;
using Vee.Protocol;

namespace Vee.Agent.Storage;

/// <summary>An image that is arriving. Disposed before it is complete, it leaves nothing.</summary>
internal sealed class ImageUpload : IAsyncDisposable
{
    private readonly ImageStore store;
    private readonly string path;
    private readonly string digest;
    private readonly long announced;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private FileStream? file;
    private long received;
    private bool isComplete;

    internal ImageUpload(ImageStore store, string path, string digest, long announced)
    {
        this.store = store;
        this.path = path;
        this.digest = digest;
        this.announced = announced;
    }

    /// <summary>Takes the next bytes.</summary>
    /// <exception cref="Grpc.Core.RpcException">More than announced, or the disk is full.</exception>
    internal async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length > announced - received)
        {
            throw Refused.Invalid($"more bytes came than the {announced} that were announced");
        }

        hash.AppendData(bytes.Span);
        received += bytes.Length;
        try
        {
            file ??= new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
            await file.WriteAsync(bytes, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Full(error);
        }
    }

    /// <summary>Makes it an image if it is what was announced.</summary>
    /// <exception cref="Grpc.Core.RpcException">It is not, or the disk is full.</exception>
    internal async Task CompleteAsync()
    {
        if (received != announced)
        {
            throw Refused.Invalid($"{received} bytes came and {announced} were announced");
        }

        var actual = ImageDigest.FromHash(hash.GetCurrentHash());
        if (actual != digest)
        {
            throw Refused.Invalid($"the bytes are {actual}, not {digest}", Refusal.DigestMismatch);
        }

        try
        {
            // On the disk before it has its name: a computer that loses power keeps whole images only.
            file!.Flush(flushToDisk: true);
            await file.DisposeAsync();
            store.Admit(digest, path, announced);
            isComplete = true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Full(error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        hash.Dispose();
        if (file is not null)
        {
            try
            {
                await file.DisposeAsync();
            }
            catch (IOException)
            {
                // A full disk may say so once more; the file goes anyway.
            }
        }

        if (!isComplete)
        {
            store.GiveUp(path, announced);
        }
    }

    private static Grpc.Core.RpcException Full(Exception error) => Refused.Exhausted(
        Refusal.ImageStoreFull, $"the agent cannot store the image: {error.Message}");
}
