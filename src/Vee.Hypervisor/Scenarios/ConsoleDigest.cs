using System.Security.Cryptography;
using Vee.Machines.Linux;

namespace Vee.Hypervisor.Scenarios;

/// <summary>The console of a machine that nobody watches: of what it writes, stays what tells it from other.</summary>
internal sealed class ConsoleDigest : IConsole, IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes that were written.</summary>
    public long ByteCount { get; private set; }

    /// <summary>SHA-256 of all that was written, stdout and stderr as it came; hexadecimal.</summary>
    public string Sha256 => Convert.ToHexStringLower(hash.GetCurrentHash());

    /// <inheritdoc/>
    public (int Columns, int Rows) Size => (80, 24);

    /// <inheritdoc/>
    public bool HasInput => true;

    /// <inheritdoc/>
    public bool IsTerminal(int stream) => false;

    /// <inheritdoc/>
    public ConsoleRead Read(Span<byte> destination, out int count)
    {
        count = 0;
        return ConsoleRead.End;
    }

    /// <inheritdoc/>
    public ConsoleWrite Write(int stream, ReadOnlySpan<byte> source, out int count)
    {
        hash.AppendData(source);
        ByteCount += source.Length;
        count = source.Length;
        return ConsoleWrite.Done;
    }

    /// <inheritdoc/>
    public void Dispose() => hash.Dispose();
}
