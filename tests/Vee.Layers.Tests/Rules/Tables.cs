using System.Xml.Linq;

namespace Vee.Layers.Tests.Rules;

/// <summary>What project files say, against the table in <see cref="Layers"/>.</summary>
internal static class Tables
{
    internal static IEnumerable<Violation> Projects(Subject subject)
    {
        var onDisk = subject.ProjectFiles.ToDictionary(p => p.Name, p => p.Path);
        foreach (var (name, path) in onDisk)
        {
            if (Row(name) is not { } row)
            {
                yield return new(path, "this project is not in the table: add its row and arrows to Layers.cs");
            }
            else if (path != $"{(row.IsTest ? "tests" : "src")}/{name}/{name}.csproj")
            {
                yield return new(path, "a project lives in src/<name>/ or tests/<name>/: move it");
            }
            else if (row.Stage == Stage.Planned)
            {
                yield return new(path, "Layers.cs still calls this project planned: mark it as existing");
            }
        }

        foreach (var row in Layers.All.Where(r => r.Stage == Stage.Exists && !onDisk.ContainsKey(r.Name)))
        {
            yield return new(
                row.Name,
                "Layers.cs says that this project exists, but it is not on disk: restore it or mark it as "
                + "planned");
        }
    }

    internal static IEnumerable<Violation> References(Subject subject)
    {
        var onDisk = subject.ProjectFiles.Select(p => p.Name).ToHashSet();
        foreach (var (name, path, xml) in subject.ProjectFiles)
        {
            if (Row(name) is not { } row)
            {
                continue;
            }

            var actual = Includes(xml, "ProjectReference").Select(Path.GetFileNameWithoutExtension).ToHashSet();
            foreach (var extra in actual.Where(r => !row.References.Contains(r) && !MayCompose(row, r)))
            {
                yield return new(
                    path,
                    $"references {extra}, which is not an arrow of {name} in Layers.cs: remove the "
                    + "reference, or change the architecture first");
            }

            foreach (var missing in row.References.Where(r => onDisk.Contains(r) && !actual.Contains(r)))
            {
                yield return new(
                    path,
                    $"does not reference {missing}, as its row in Layers.cs says: add the reference or "
                    + "remove the arrow");
            }
        }
    }

    internal static IEnumerable<Violation> Packages(Subject subject)
    {
        foreach (var (name, path, xml) in subject.ProjectFiles)
        {
            if (Row(name) is not { } row)
            {
                continue;
            }

            var actual = Includes(xml, "PackageReference").ToHashSet();
            foreach (var extra in actual.Except(row.Packages))
            {
                yield return new(
                    path,
                    $"references the package {extra}: remove it, or add it to the row in Layers.cs and say "
                    + "why in docs/decisions");
            }

            foreach (var missing in row.Packages.Except(actual))
            {
                yield return new(
                    path,
                    $"no longer references the package {missing}: remove it from the row in Layers.cs");
            }
        }

        var central = subject.Files.SingleOrDefault(f => f.Path == "Directory.Packages.props");
        if (central is null)
        {
            yield return new("Directory.Packages.props", "central package versions are missing: restore the file");
            yield break;
        }

        var known = Layers.All.SelectMany(p => p.Packages).Concat(Layers.GlobalPackages).ToHashSet();
        var versions = XDocument.Parse(central.Text);
        var pinned = Includes(versions, "PackageVersion").Concat(Includes(versions, "GlobalPackageReference"));
        foreach (var unknown in pinned.Except(known))
        {
            yield return new(central.Path, $"pins {unknown}, which no row of Layers.cs uses: remove the version");
        }
    }

    internal static IEnumerable<Violation> Assemblies(Subject subject)
    {
        var loaded = subject.Assemblies.Select(a => a.Project).ToHashSet();
        return from project in subject.ProjectFiles
               where project.Path.StartsWith("src/", StringComparison.Ordinal) && !loaded.Contains(project.Name)
               select new Violation(
                   project.Path,
                   "no rule sees this project's types: reference it from Vee.Layers.Tests and name it in "
                   + "Production.cs");
    }

    internal static IEnumerable<Violation> BuildFlags(Subject subject)
    {
        foreach (var (name, path, xml) in subject.ProjectFiles)
        {
            if (Row(name) is not { IsTest: false } row)
            {
                continue;
            }

            if (IsSet(xml, "AllowUnsafeBlocks", "true") && row.UnsafeFolders.Count == 0)
            {
                yield return new(path, "allows unsafe code, but Layers.cs names no folder for it: write it safely");
            }

            if (IsSet(xml, "CheckForOverflowUnderflow", "false") && !row.WrapsArithmetic)
            {
                yield return new(
                    path,
                    "turns overflow checks off; only guest arithmetic wraps: use unchecked(...) where it is "
                    + "meant");
            }

            foreach (var loosened in Loosened.Where(flag => IsSet(xml, flag, "false")))
            {
                yield return new(path, $"turns {loosened} off for itself: fix what it reports");
            }
        }
    }

    private static readonly IReadOnlyList<string> Loosened =
        ["TreatWarningsAsErrors", "DisableTransitiveProjectReferences", "Deterministic", "EnforceCodeStyleInBuild"];

    private static bool MayCompose(Project row, string? reference) =>
        row.IsCompositionRoot && reference is not null && Row(reference) is { IsTest: false };

    private static Project? Row(string name) => Layers.All.SingleOrDefault(p => p.Name == name);

    private static IEnumerable<string> Includes(XDocument xml, string item) =>
        xml.Descendants(item).Select(e => ((string?)e.Attribute("Include") ?? "").Replace('\\', '/'));

    private static bool IsSet(XDocument xml, string property, string value) =>
        xml.Descendants(property).Any(e => string.Equals(e.Value.Trim(), value, StringComparison.OrdinalIgnoreCase));
}
