using System.Text.RegularExpressions;

namespace Vee.Layers.Tests.Rules;

/// <summary>Unsafe code stays in the folders that need it, and says why it is needed and why it is safe.</summary>
internal static partial class Unsafe
{
    private const int TimeoutMs = 10_000;

    internal static IEnumerable<Violation> Code(Subject subject)
    {
        foreach (var file in subject.Files.Where(f => f.IsCSharp && f.IsIn("src") && IsUnsafe(f)))
        {
            var row = Layers.All.SingleOrDefault(p => file.IsIn($"src/{p.Name}"));
            if (row is null || !row.UnsafeFolders.Any(folder => file.IsIn($"src/{row.Name}/{folder}")))
            {
                yield return new(
                    file.Path,
                    "unsafe code has no place here: write it with spans, or move it to a folder that "
                    + "Layers.cs names");
                continue;
            }

            foreach (var word in Reasons.Where(w => !file.Text.Contains(w, StringComparison.Ordinal)))
            {
                yield return new(file.Path, $"is unsafe without a comment '{word}': say {Meaning(word)}");
            }
        }
    }

    private static readonly IReadOnlyList<string> Reasons = ["JUSTIFICATION", "SAFETY"];

    private static string Meaning(string word) => word == Reasons[0]
        ? "why safe code is not enough, with the measurement where speed is the reason"
        : "what guarantees that every access is in bounds and alive";

    private static bool IsUnsafe(SourceFile file) => UnsafeWord.IsMatch(NotCode.Replace(file.Text, ""));

    [GeneratedRegex(@"\bunsafe\b", RegexOptions.None, TimeoutMs)]
    private static partial Regex UnsafeWord { get; }

    /// <summary>Comments, strings and characters, as far as finding one keyword needs them.</summary>
    [GeneratedRegex(
        """//[^\n]*|/\*.*?\*/|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""",
        RegexOptions.Singleline,
        TimeoutMs)]
    private static partial Regex NotCode { get; }
}
