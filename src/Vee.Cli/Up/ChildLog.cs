using System.Globalization;
using System.Text;

namespace Vee.Cli.Up;

/// <summary>What a process writes, in a file of bounded size beside the one before it.</summary>
/// <remarks>
/// The pipe is read whatever becomes of the file: a process that waits for us to read its log serves nobody.
/// </remarks>
/// <param name="path">The file.</param>
/// <param name="told">Hears once why something cannot be written, and again after the next loss.</param>
/// <param name="open">Makes the file anew; a stream that is written at once.</param>
/// <param name="bytesMax">A log that would get longer is put aside and begun anew.</param>
internal sealed class ChildLog(
    string path, Action<string> told, Func<string, Stream>? open = null, long bytesMax = ChildLog.BytesMax)
    : IAsyncDisposable
{
    private const long BytesMax = 16 << 20;
    private const int ChunkBytes = 16 << 10;

    private readonly Func<string, Stream> open = open ?? Open;
    private readonly SemaphoreSlim turn = new(1);
    private Stream? file;
    private long length;
    private long lostBytes;
    private bool isTold;

    /// <summary>Puts the log of the process before aside and begins one, now or when it can be written.</summary>
    public ValueTask BeginAsync() => TryAsync(BeginAnewAsync, byteCount: 0);

    /// <summary>Reads to the end, and keeps what can be written. Several streams may be read at once.</summary>
    public async Task CopyAsync(Stream source)
    {
        var buffer = new byte[ChunkBytes];
        int count;
        while ((count = await source.ReadAsync(buffer, CancellationToken.None)) > 0)
        {
            await TryAsync(() => WriteAsync(buffer.AsMemory(0, count)), count);
        }

        // Nothing comes after the last loss that could tell of it.
        await TryAsync(() => WriteAsync(default), byteCount: 0);
    }

    public ValueTask DisposeAsync()
    {
        turn.Dispose();
        return CloseAsync();
    }

    // Unbuffered: a log is read while its process runs, and when the supervisor was killed.
    private static FileStream Open(string path) =>
        new(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    private async ValueTask TryAsync(Func<ValueTask> write, int byteCount)
    {
        await turn.WaitAsync(CancellationToken.None);
        try
        {
            await write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!isTold)
            {
                isTold = true;
                told($"{path} cannot be written, and what belongs there is lost: {e.Message}");
            }

            lostBytes += byteCount;
        }
        finally
        {
            turn.Release();
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (file is null || length + bytes.Length > bytesMax)
        {
            await BeginAnewAsync();
        }

        if (lostBytes > 0)
        {
            // What was refused may be there in part.
            file!.SetLength(length);
            file.Position = length;
            await AppendAsync(Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"\n({lostBytes} bytes were lost here, they could not be written)\n")));
            lostBytes = 0;
            isTold = false;
        }

        await AppendAsync(bytes);
    }

    private async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        await file!.WriteAsync(bytes, CancellationToken.None);
        length += bytes.Length;
    }

    private async ValueTask BeginAnewAsync()
    {
        await CloseAsync();
        UpDirectory.PutAside(path);
        file = open(path);
        length = 0;
    }

    private async ValueTask CloseAsync()
    {
        if (file is { } old)
        {
            file = null;
            await old.DisposeAsync();
        }
    }
}
