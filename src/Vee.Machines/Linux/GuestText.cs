using System.Text;
using System.Text.Unicode;

namespace Vee.Machines.Linux;

/// <summary>
/// Names and arguments as the machine carries them, one character per byte, and as the runtime's interfaces want them.
/// </summary>
public static class GuestText
{
    /// <summary>A text of ours as the guest's bytes: its UTF-8, one character per byte.</summary>
    public static string FromHost(string text) => FromBytes(Encoding.UTF8.GetBytes(text));

    /// <summary>Bytes as a text, one character per byte.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>The text for people and interfaces here; what is no UTF-8 in it becomes U+FFFD.</summary>
    public static string ToHost(string text) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text));

    /// <summary><see cref="ToHost"/> of a text that may be missing.</summary>
    public static string? ToHostOrNull(string? text) => text is null ? null : ToHost(text);

    /// <summary>Whether <see cref="ToHost"/> loses nothing, so that a file of this name can be opened.</summary>
    public static bool IsUtf8(string text) => Utf8.IsValid(Encoding.Latin1.GetBytes(text));
}
