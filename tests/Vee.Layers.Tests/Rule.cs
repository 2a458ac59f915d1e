using Vee.Layers.Tests.Rules;

namespace Vee.Layers.Tests;

/// <summary>A promise about the repository, as a function: what breaks it, each with what to do about it.</summary>
/// <param name="Name">How test output names it.</param>
/// <param name="Selected">How many things the rule looks at; a rule that looks at nothing passes for no reason.</param>
/// <param name="Check">Finds the violations.</param>
internal sealed record Rule(
    string Name, Func<Subject, int> Selected, Func<Subject, IEnumerable<Violation>> Check)
{
    /// <summary>Every rule. Each has planted violations in <c>Canary.cs</c>.</summary>
    internal static readonly IReadOnlyList<Rule> All =
    [
        new("Project table", Select.Projects, Tables.Projects),
        new("Reference table", Select.Projects, Tables.References),
        new("Package table", Select.Projects, Tables.Packages),
        new("Checked assemblies", Select.Projects, Tables.Assemblies),
        new("Build flags", Select.Projects, Tables.BuildFlags),
        new("Purity", Select.Types, Dependencies.Purity),
        new("Tasks", Select.Types, Dependencies.Tasks),
        new("Edges", Select.Types, Dependencies.Edges),
        new("Leaves", Select.Types, Slices.Leaves),
        new("Siblings", Select.Types, Slices.Siblings),
        new("Cycles", Select.Types, Slices.Cycles),
        new("Static state", Select.Types, State.Statics),
        new("Friends", Select.Types, State.Friends),
        new("Sealed", Select.Types, Shape.Sealed),
        new("Names", Select.Types, Shape.Names),
        new("Records", Select.Types, Shape.Records),
        new("Controllers", Select.Types, Shape.Controllers),
        new("File length", Select.CSharp, Tidy.FileLength),
        new("Line length", Select.CSharp, Tidy.LineLength),
        new("Banned words", Select.CSharp, Tidy.BannedWords),
        new("Large files", Select.CSharp, Tidy.LargeFiles),
        new("Machine paths", Select.CSharp, Tidy.MachinePaths),
        new("Clocks", Clocks.Select, Clocks.Names),
        new("Unsafe code", Select.CSharp, Unsafe.Code),
        new("Guest hashes", Select.Guests, Guests.Hashes) { MayBeEmpty = "until the first guest is committed" },
        new("Freshness", Select.Generated, Freshness.Generated) { MayBeEmpty = "until a file is generated" },
    ];

    /// <summary>Why the rule may look at nothing; null when that is a violation.</summary>
    public string? MayBeEmpty { get; init; }

    /// <summary>The violations, of which looking at nothing is one.</summary>
    internal IReadOnlyList<Violation> Find(Subject subject) => Selected(subject) == 0
        ? MayBeEmpty is null ? [new(Name, "the rule looks at nothing: correct what it selects")] : []
        : [.. Check(subject)];

    public override string ToString() => Name;
}

/// <summary>One place where a rule is broken.</summary>
/// <param name="Where">A type, a path from the root (with a line), or a project.</param>
/// <param name="Advice">What is wrong and what to do about it, as a sentence.</param>
internal sealed record Violation(string Where, string Advice)
{
    public override string ToString() => $"{Where}: {Advice}";
}

/// <summary>Counts what a rule looks at.</summary>
internal static class Select
{
    internal static int Projects(Subject subject) => subject.ProjectFiles.Count();

    /// <summary>The types of the assembly that has the fewest, so that one unread assembly shows.</summary>
    internal static int Types(Subject subject) =>
        subject.Assemblies.Select(a => subject.TypesOf(a).Count()).DefaultIfEmpty(0).Min();

    internal static int CSharp(Subject subject) => subject.Files.Count(f => f.IsCSharp);

    internal static int Guests(Subject subject) => subject.Files.Count(f => f.IsIn("guests"));

    internal static int Generated(Subject subject) => subject.Generated.Count;
}
