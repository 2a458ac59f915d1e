namespace Vee.ControlPlane.Objects;

/// <summary>Makes uids and the ends of generated names. Thread-safe.</summary>
internal sealed class IdentitySource(Random random)
{
    /// <summary>Characters of a generated name's end, as Kubernetes has them: no vowels, so no words.</summary>
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    private const int SuffixLength = 5;
    private const int NameLengthMax = 63;

    private readonly Lock gate = new();

    /// <summary>A random uid (RFC 9562, version 4).</summary>
    internal string Uid()
    {
        Span<byte> bytes = stackalloc byte[16];
        lock (gate)
        {
            random.NextBytes(bytes);
        }

        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    /// <summary>A name that begins with a prefix, which is cut where the whole would be too long.</summary>
    internal string Name(string prefix)
    {
        Span<char> suffix = stackalloc char[SuffixLength];
        lock (gate)
        {
            for (var i = 0; i < suffix.Length; i++)
            {
                suffix[i] = Alphabet[random.Next(Alphabet.Length)];
            }
        }

        var kept = prefix[..Math.Min(prefix.Length, NameLengthMax - SuffixLength)];
        return kept + suffix.ToString();
    }
}
