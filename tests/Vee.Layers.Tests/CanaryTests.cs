using Xunit;

namespace Vee.Layers.Tests;

public sealed class CanaryTests(PlantedTree tree) : IClassFixture<PlantedTree>
{
    public static TheoryData<string> RuleNames => [.. Rule.All.Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(RuleNames))]
    public void Planted_violations_are_caught_and_innocents_are_not(string name)
    {
        var plants = Plants.All.Single(p => p.Rule == name);
        var violations = Rule.All.Single(r => r.Name == name).Find(tree.Subject(plants.Role));
        Assert.Equal(plants.Caught.Order(), violations.Select(v => v.Where).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(RuleNames))]
    public void A_rule_that_looks_at_nothing_says_so(string name)
    {
        var empty = Directory.CreateTempSubdirectory("vee-layers-");
        try
        {
            var rule = Rule.All.Single(r => r.Name == name);
            var found = rule.Find(new Subject(empty.FullName, [], []));
            Assert.Equal(rule.MayBeEmpty is null ? [name] : [], found.Select(v => v.Where));
        }
        finally
        {
            empty.Delete(recursive: true);
        }
    }

    [Fact]
    public void Every_rule_has_a_canary() => Assert.Equal(Rule.All.Select(r => r.Name), Plants.All.Select(p => p.Rule));

    [Fact]
    public void Every_canary_plants_something() => Assert.All(Plants.All, p => Assert.NotEmpty(p.Caught));
}
