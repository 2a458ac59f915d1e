using System.Buffers;
using System.Security.Cryptography;

namespace Vee.Agent.Storage;

/// <summary>How images are named: <c>sha256:</c> and 64 hexadecimal digits, lower case.</summary>
internal static class ImageDigest
{
    private const string Prefix = "sha256:";
    private const int HexadecimalDigits = 64;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    internal static bool IsValid(string digest) =>
        digest.Length == Prefix.Length + HexadecimalDigits && digest.StartsWith(Prefix, StringComparison.Ordinal)
        && !digest.AsSpan(Prefix.Length).ContainsAnyExcept(Digits);

    internal static string Of(ReadOnlySpan<byte> bytes) => FromHash(SHA256.HashData(bytes));

    internal static string FromHash(ReadOnlySpan<byte> hash) => Prefix + Convert.ToHexStringLower(hash);

    /// <summary>The digest as a file's name.</summary>
    internal static string ToFileName(string digest) => digest.Replace(':', '-');

    internal static string FromFileName(string name) => name.Replace('-', ':');
}
