using Microsoft.AspNetCore.Http;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Serving;

/// <summary>Sentences that go with an answer and do not make it fail.</summary>
/// <remarks>Source: RFC 7234, section 5.5.</remarks>
internal sealed class Warnings
{
    private const int CountMax = 50;

    internal SortedSet<string> Texts { get; } = new(StringComparer.Ordinal);

    internal void Write(HttpContext context)
    {
        foreach (var text in Texts.Take(CountMax))
        {
            // Only what a header can carry: the rest as Go writes it in text.
            context.Response.Headers.Append("Warning", $"299 - {GoText.Quote(Ascii(text))}");
        }
    }

    private static string Ascii(string text) => string.Concat(text.Select(c => c is >= ' ' and < '\x7f' ? c : '?'));
}
