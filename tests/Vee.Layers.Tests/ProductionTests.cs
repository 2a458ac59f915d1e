using Xunit;

namespace Vee.Layers.Tests;

public sealed class ProductionTests
{
    public static TheoryData<string> RuleNames => [.. Rule.All.Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(RuleNames))]
    public void Rule_holds(string name)
    {
        var rule = Rule.All.Single(r => r.Name == name);
        if (rule.Selected(Production.Subject) == 0 && rule.MayBeEmpty is { } until)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"'{name}' has nothing to look at {until}.");
        }

        var violations = rule.Find(Production.Subject);
        Assert.True(
            violations.Count == 0, $"{violations.Count} violation(s) of '{name}':\n{string.Join('\n', violations)}");
    }

    [Fact]
    public void Exempt_types_exist()
    {
        var names = Production.Subject.Assemblies.SelectMany(Rules.Types.WrittenIn).Select(Rules.Types.SimpleName);
        Assert.Subset(names.ToHashSet(), Exemptions.Names.Keys.Concat(Exemptions.Records.Keys).ToHashSet());
    }

    [Fact]
    public void Exemptions_name_files_that_exist_and_need_them()
    {
        var files = Production.Subject.Files.ToDictionary(f => f.Path);
        Assert.All(
            Exemptions.LongFiles.Keys, path => Assert.True(files[path].Lines.Count > Rules.Tidy.FileLinesMax, path));
        Assert.All(Exemptions.Paths.Keys, path => Assert.Contains(path, files));
    }
}
