using System.Text.RegularExpressions;
using Vee.Api.Migrations;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;
using Xunit;

namespace Vee.Api.Tests;

public sealed partial class ReferenceTests
{
    [Theory]
    [InlineData(VirtualMachine.KindName)]
    [InlineData(SimulatedHost.KindName)]
    [InlineData(MigrationPolicy.KindName)]
    [InlineData(VirtualMachineMigration.KindName)]
    public void Reference_names_every_field(string kind)
    {
        var section = Repository.Read("docs", "api.md").Split($"## {kind}\n")[1].Split("\n## ")[0];
        var words = CodeWords.Matches(section).SelectMany(match => match.Groups["code"].Value.Split('.'))
            .Select(word => word.Replace("[]", "", StringComparison.Ordinal)).ToHashSet();
        Assert.Empty(
            from node in Fields.Below(Fields.RootOf(kind))
            where (node.Path.StartsWith(".spec.", StringComparison.Ordinal)
                || node.Path.StartsWith(".status.", StringComparison.Ordinal))
                && !node.Path.Contains("conditions[]", StringComparison.Ordinal)
            from word in node.Path.Split('.')[2..]
            let name = word.TrimEnd('[', ']', '{', '}')
            where !words.Contains(name)
            select node.Path);
    }

    [GeneratedRegex("`(?<code>[^`]+)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeWords { get; }
}
