using Microsoft.Extensions.Logging;
using Vee.Protocol;

namespace Vee.Agent.Storage;

/// <summary>
/// Images on disk, by digest. A file has its final name only when all its bytes are there and have that digest, so
/// whatever interrupts an upload leaves nothing that could be taken for an image.
/// </summary>
internal sealed partial class ImageStore
{
    private const string FolderName = "images";
    private const string IncomingName = "incoming";

    private readonly Lock gate = new();
    private readonly Dictionary<string, StoredImage> images = new(StringComparer.Ordinal);
    private readonly string folder;
    private readonly string incoming;
    private readonly long bytesMax;
    private readonly ILogger logger;
    private long usedBytes;
    private long lastUse;
    private long lastUpload;

    /// <summary>Finds what is there and removes what was not finished.</summary>
    /// <param name="directory">The agent's directory.</param>
    /// <param name="bytesMax">Bytes of all images and uploads.</param>
    /// <param name="logger">Says what was found damaged.</param>
    /// <exception cref="AgentStartException">The directory cannot be read or written.</exception>
    internal ImageStore(DataDirectory directory, long bytesMax, ILogger<ImageStore> logger)
    {
        this.bytesMax = bytesMax;
        this.logger = logger;
        folder = Path.Combine(directory.Path, FolderName);
        incoming = Path.Combine(folder, IncomingName);
        try
        {
            Directory.CreateDirectory(incoming);
            foreach (var rest in Directory.EnumerateFiles(incoming))
            {
                File.Delete(rest);
            }

            foreach (var file in new DirectoryInfo(folder).EnumerateFiles().OrderBy(file => file.LastWriteTimeUtc))
            {
                var digest = ImageDigest.FromFileName(file.Name);
                if (ImageDigest.IsValid(digest))
                {
                    images.Add(digest, new StoredImage(file.Length, ++lastUse));
                    usedBytes += file.Length;
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new AgentStartException($"The images in '{folder}' cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Bytes of all images and uploads.</summary>
    internal long UsedBytes => Interlocked.Read(ref usedBytes);

    /// <summary>Whether an image is there.</summary>
    internal bool Has(string digest)
    {
        lock (gate)
        {
            return TryUse_NeedsLock(digest);
        }
    }

    /// <summary>Reads an image and checks that it still is what it was.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNKNOWN_IMAGE: it is not there, or no longer whole.</exception>
    internal async Task<ReadOnlyMemory<byte>> LoadAsync(string digest, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> loaded;
        lock (gate)
        {
            if (!TryUse_NeedsLock(digest))
            {
                throw Unknown(digest);
            }

            if (images[digest].Loaded.TryGetTarget(out var shared) && shared is not null)
            {
                return shared;
            }
        }

        byte[] bytes;
        try
        {
            bytes = await File.ReadAllBytesAsync(PathOf(digest), cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(logger, error, digest);
            Forget(digest);
            throw Unknown(digest);
        }

        if (ImageDigest.Of(bytes) != digest)
        {
            LogDamaged(logger, digest);
            Forget(digest);
            throw Unknown(digest);
        }

        lock (gate)
        {
            images.GetValueOrDefault(digest)?.Loaded.SetTarget(bytes);
            loaded = bytes;
        }

        return loaded;
    }

    /// <summary>Begins to take an image; room for all of it is set aside.</summary>
    /// <exception cref="Grpc.Core.RpcException">IMAGE_STORE_FULL.</exception>
    internal ImageUpload BeginUpload(string digest, long bytes)
    {
        string path;
        lock (gate)
        {
            while (usedBytes + bytes > bytesMax && TryEvict_NeedsLock())
            {
                // Whoever needs it again is told that it is unknown, and uploads it again.
            }

            if (usedBytes + bytes > bytesMax)
            {
                throw Refused.Exhausted(
                    Refusal.ImageStoreFull, $"the image has {bytes} bytes, the agent's store has {bytesMax}");
            }

            usedBytes += bytes;
            path = Path.Combine(incoming, $"{++lastUpload}.part");
        }

        return new ImageUpload(this, path, digest, bytes);
    }

    /// <summary>Makes an uploaded file an image, whole or not at all.</summary>
    internal void Admit(string digest, string file, long bytes)
    {
        lock (gate)
        {
            if (images.ContainsKey(digest))
            {
                File.Delete(file);
                usedBytes -= bytes;
                return;
            }

            File.Move(file, PathOf(digest), overwrite: true);
            images.Add(digest, new StoredImage(bytes, ++lastUse));
        }
    }

    /// <summary>Gives back the room of an upload that did not become an image.</summary>
    internal void GiveUp(string file, long bytes)
    {
        lock (gate)
        {
            usedBytes -= bytes;
        }

        try
        {
            File.Delete(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LogLeftover(logger, error, file);
        }
    }

    private static Grpc.Core.RpcException Unknown(string digest) =>
        Refused.NotFound(Refusal.UnknownImage, $"the agent has no image {digest}: upload it first");

    private bool TryUse_NeedsLock(string digest)
    {
        if (!images.TryGetValue(digest, out var image))
        {
            return false;
        }

        image.LastUse = ++lastUse;
        return true;
    }

    private bool TryEvict_NeedsLock()
    {
        if (images.Count == 0)
        {
            return false;
        }

        Forget_NeedsLock(images.MinBy(image => image.Value.LastUse).Key);
        return true;
    }

    private void Forget(string digest)
    {
        lock (gate)
        {
            Forget_NeedsLock(digest);
        }
    }

    private void Forget_NeedsLock(string digest)
    {
        if (images.Remove(digest, out var image))
        {
            usedBytes -= image.Bytes;
            GiveUp(PathOf(digest), 0);
        }
    }

    private string PathOf(string digest) => Path.Combine(folder, ImageDigest.ToFileName(digest));

    [LoggerMessage(20, LogLevel.Warning, "Image {Digest} is damaged on disk; it is removed.")]
    private static partial void LogDamaged(ILogger logger, string digest);

    [LoggerMessage(21, LogLevel.Warning, "Image {Digest} cannot be read; it is removed.")]
    private static partial void LogUnreadable(ILogger logger, Exception error, string digest);

    [LoggerMessage(22, LogLevel.Warning, "The file {Path} cannot be removed.")]
    private static partial void LogLeftover(ILogger logger, Exception error, string path);

    private sealed class StoredImage(long bytes, long lastUse)
    {
        internal long Bytes { get; } = bytes;

        internal long LastUse { get; set; } = lastUse;

        /// <summary>The bytes while some machine has them: machines of one image share them.</summary>
        internal WeakReference<byte[]?> Loaded { get; } = new(null);
    }
}
