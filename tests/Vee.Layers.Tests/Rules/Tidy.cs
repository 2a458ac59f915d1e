using System.Text.RegularExpressions;

namespace Vee.Layers.Tests.Rules;

/// <summary>What committed text looks like. Words this file bans are spelled in two halves.</summary>
internal static partial class Tidy
{
    internal const int FileLinesMax = 400;
    internal const int LineColumnsMax = 120;
    internal const long FileBytesMax = 256 * 1024;

    private const int TimeoutMs = 10_000;
    private const string Fix = "FIX" + "ME";
    private const string ToDo = "TO" + "DO";
    private const string Region = "#" + "region";

    internal static IEnumerable<Violation> FileLength(Subject subject) =>
        from file in CSharp(subject)
        where file.Lines.Count > FileLinesMax && !Exemptions.LongFiles.ContainsKey(file.Path)
        select new Violation(
            file.Path,
            $"has {file.Lines.Count} lines, {FileLinesMax} are allowed: give its second concept a file of "
            + "its own");

    internal static IEnumerable<Violation> LineLength(Subject subject) =>
        from file in CSharp(subject)
        from line in file.Lines.Index()
        where line.Item.Length > LineColumnsMax
        select new Violation(
            $"{file.Path}:{line.Index + 1}",
            $"has {line.Item.Length} columns, {LineColumnsMax} are allowed: break the line");

    internal static IEnumerable<Violation> BannedWords(Subject subject) =>
        from file in subject.Files
        where IsOurText(file)
        from line in file.Lines.Index()
        let advice = AdviceFor(line.Item)
        where advice is not null
        select new Violation($"{file.Path}:{line.Index + 1}", advice);

    internal static IEnumerable<Violation> LargeFiles(Subject subject) =>
        from file in subject.Files
        where file.Length > FileBytesMax && !file.IsIn("guests")
        select new Violation(
            file.Path,
            $"has {file.Length} bytes, {FileBytesMax} are allowed outside guests/: generate it or make it "
            + "smaller");

    internal static IEnumerable<Violation> MachinePaths(Subject subject) =>
        from file in subject.Files
        where IsOurText(file) && !Exemptions.Paths.ContainsKey(file.Path)
        from line in file.Lines.Index()
        from Match match in MachinePath.Matches(line.Item)
        where !(file.IsIn("tests") && match.Groups["root"].Value == "tmp")
        select new Violation(
            $"{file.Path}:{line.Index + 1}",
            $"names the machine path {match.Value}: make it relative to the root, or exempt the file with a reason");

    /// <summary>Guests are programs of their own, some by other authors, with the paths of their own machine.</summary>
    private static bool IsOurText(SourceFile file) =>
        !file.IsIn("guests") && file.Length <= FileBytesMax && file.IsText;

    private static IEnumerable<SourceFile> CSharp(Subject subject) =>
        subject.Files.Where(f => f.IsCSharp);

    private static string? AdviceFor(string line) =>
        line.Contains(Fix, StringComparison.Ordinal) ? "fix it, or file an issue and name its number"
        : BareToDo.IsMatch(line) ? "name the issue, as in " + ToDo + "(#12), or do it"
        : line.Contains(Region, StringComparison.Ordinal) ? "a file that needs regions has two concepts: split it"
        : null;

    [GeneratedRegex(@"\b" + ToDo + @"\b(?!\s*\(?#\d)", RegexOptions.None, TimeoutMs)]
    private static partial Regex BareToDo { get; }

    [GeneratedRegex(@"(?<![\w.$}/-])/(?<root>home|root|tmp|Users)/[\w.-]+", RegexOptions.None, TimeoutMs)]
    private static partial Regex MachinePath { get; }
}
