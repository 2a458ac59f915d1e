using System.Security.Cryptography;
using Vee.Machines.State;

namespace Vee.Hypervisor.Migration;

/// <summary>A machine's state as its length and digest, and as pieces if they are wanted.</summary>
internal sealed class StateDigestSink(int pieceBytes = 0) : IStateSink
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<byte[]> pieces = [];
    private byte[] last = [];
    private int filled;

    /// <summary>Bytes.</summary>
    public long Length { get; private set; }

    /// <summary>The bytes in pieces of at most so many.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces =>
        pieces.Select(piece => new ReadOnlyMemory<byte>(piece, 0, piece == last ? filled : piece.Length));

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        hash.AppendData(bytes);
        while (pieceBytes > 0 && !bytes.IsEmpty)
        {
            if (filled == last.Length)
            {
                pieces.Add(last = new byte[pieceBytes]);
                filled = 0;
            }

            var count = Math.Min(bytes.Length, last.Length - filled);
            bytes[..count].CopyTo(last.AsSpan(filled));
            filled += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>The digest of all of it.</summary>
    public byte[] Digest()
    {
        var digest = hash.GetHashAndReset();
        hash.Dispose();
        return digest;
    }
}
