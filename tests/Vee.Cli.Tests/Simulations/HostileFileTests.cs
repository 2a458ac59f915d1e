using System.Diagnostics;
using System.Globalization;
using System.Text;
using Vee.Cli.Simulations;
using Vee.Hypervisor.Scenarios;
using Vee.Hypervisor.Scenarios.Reading;
using Xunit;

namespace Vee.Cli.Tests.Simulations;

/// <summary>Whatever the file is, it is refused with a line, soon, and without much memory.</summary>
public sealed class HostileFileTests
{
    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("# nothing\n", "the file is empty")]
    [InlineData("---\n...\n", "must be an object, not nothing")]
    [InlineData("text", "must be an object, not 'text'")]
    [InlineData("[1, 2]", "must be an object, not a list")]
    [InlineData("a: b: c", "this is no YAML")]
    [InlineData("a: [1, 2", "this is no YAML")]
    [InlineData("a: 'open", "this is no YAML")]
    [InlineData("a: \0", "1:4: the character U+0000 is no text")]
    [InlineData("a: 1\r\nb: \u001b[31m", "2:4: the character U+001B is no text")]
    [InlineData("!![", "this is no YAML")]
    [InlineData("a: !![]", "this is no YAML")]
    [InlineData("a: *nobody", "1:4: a: there is no anchor 'nobody' above")]
    [InlineData("a: &a [*a]", "there is no anchor 'a' above")]
    [InlineData("? [a]\n: 1", "the name of a field must be a plain text")]
    [InlineData("a: 1\n---\nb: 1", "a second document begins")]
    [InlineData("a: !ruby/object:Gem {}\nb: !x y", "the tag '!x' means nothing here")]
    public void It_is_refused(string text, string defect) =>
        Assert.Contains(ScenarioYaml.Defects(text), line => line.Contains(defect, StringComparison.Ordinal));

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    public void Deep_nesting_is_refused(string level)
    {
        var defects = Soon(string.Concat(Enumerable.Repeat(level, 1_000_000)));
        Assert.Single(defects);
    }

    [Fact]
    public void A_billion_laughs_are_refused()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var level = 1; level < 20; level++)
        {
            var alias = $"*a{level - 1}";
            var aliases = string.Join(", ", Enumerable.Repeat(alias, 10));
            text.AppendLine(CultureInfo.InvariantCulture, $"a{level}: &a{level} [{aliases}]");
        }

        Assert.Contains("are too many", Assert.Single(Soon(text.ToString())), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_10_MB_is_refused_and_not_read_further()
    {
        using var scratch = new ScratchDirectory();
        var path = scratch.Write("large.yaml", new byte[10_000_000]);
        var bytes = SimulationFile.ReadBytes(path);
        Assert.InRange(bytes.Length, SimulationFile.BytesMax + 1, SimulationFile.BytesMax + (64 << 10));
        var defect = Assert.Single(SimulationFile.Read(bytes, "").Defects);
        Assert.Equal("the file is larger than 8 MiB", defect.ToString());
    }

    [Theory]
    [InlineData("a: 'x'\n")]
    [InlineData("- x\n")]
    [InlineData("x")]
    [InlineData("a, ")]
    [InlineData("\n")]
    [InlineData("'")]
    [InlineData("&a ")]
    [InlineData("a: !t ")]
    [InlineData("\0")]
    public void A_large_file_of_one_thing_is_refused_soon(string part) =>
        Soon(string.Concat(Enumerable.Repeat(part, (4 << 20) / part.Length)));

    [Fact]
    public void Many_defects_are_cut_short()
    {
        var guests = string.Join(", ", Enumerable.Range(0, 1000).Select(i => $"{{name: X{i}}}"));
        var text = ScenarioYaml.WithGuest("{name: g, spin: {}}").Replace(
            "- {name: g, spin: {}}", $"  [{guests}]", StringComparison.Ordinal);
        var defects = ScenarioYaml.Defects(text);
        Assert.Equal(101, defects.Length);
        Assert.Equal("and 1900 more", defects[^1]);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        var defect = Assert.Single(SimulationFile.Read([0x61, 0x3a, 0xff, 0xfe], "").Defects);
        Assert.Equal("the file is no UTF-8 text", defect.ToString());
    }

    [Fact]
    public void What_a_message_shows_is_one_line_and_short()
    {
        var defects = ScenarioYaml.Defects($"\"a\\n\\e[31m{new string('x', 1000)}\": 1");
        Assert.All(defects, line => Assert.True(line.Length < 200 && !line.Any(char.IsControl), line));
    }

    /// <summary>Random damage to a good file ends in a scenario or in defects, and in nothing else.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_damaged_file_is_read_or_refused(int seed)
    {
        var random = new Random(seed);
        var good = Encoding.UTF8.GetBytes(ScenarioYaml.WithGuest(
            "{name: g, jobs: [{name: j, arrivals: {poisson: {rate: 1/s}}, phases: [cpu: {exponential: 1ms}]}]}"));
        var alphabet = "{}[]:,-&*!'\"|>%@`#?\n \t09.ems~\0"u8.ToArray();
        for (var round = 0; round < 2_000; round++)
        {
            var bytes = good.ToList();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(3))
                {
                    case 0:
                        bytes[at] = alphabet[random.Next(alphabet.Length)];
                        break;
                    case 1:
                        bytes.Insert(at, alphabet[random.Next(alphabet.Length)]);
                        break;
                    default:
                        bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                        break;
                }
            }

            var read = ReadOrShow([.. bytes]);
            Assert.True(read.Value is null != (read.Defects.Count == 0), $"seed {seed}, round {round}");
        }
    }

    private static ReadResult<Scenario> ReadOrShow(byte[] bytes)
    {
        try
        {
            return SimulationFile.Read(bytes, "");
        }
        catch (Exception unforeseen)
        {
            throw new InvalidOperationException(Encoding.UTF8.GetString(bytes), unforeseen);
        }
    }

    private static string[] Soon(string text)
    {
        var start = Stopwatch.GetTimestamp();
        var defects = ScenarioYaml.Defects(text);
        var took = Stopwatch.GetElapsedTime(start);
        Assert.True(took < TimeSpan.FromSeconds(20), $"{took.TotalSeconds:0.0} s");
        return defects;
    }
}
