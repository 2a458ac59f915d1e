using Xunit;

namespace Vee.Cli.Tests;

public sealed class ArgumentTests
{
    public static TheoryData<string[]> Arguments =>
    [
        Array.Empty<string>(),
        new[] { "one", "two words", "" },
        new[] { "", "", "" },
        new[] { "--help" },
        new[] { "-h" },
        new[] { "--", "--", "x" },
        new[] { "--harts", "99", "--stats", "--trace=x" },
        new[] { "@file", "[suggest]", "-", "--x=1" },
        new[] { "tab\tand\nnewline", "\"quoted\"", "$HOME", "*", "\\" },
        new[] { "grüße", "日本", "😀" },
    ];

    [Theory]
    [MemberData(nameof(Arguments))]
    public async Task Everything_after_the_program_reaches_the_guest_untouched(string[] arguments)
    {
        var outcome = await VeeProcess.ProbeAsync(["args", .. arguments]);

        Assert.Equal(0, outcome.Status);
        string[] all = [Repository.Probe, "args", .. arguments];
        Assert.Equal(string.Concat(all.Select(argument => $"[{argument}]\n")), outcome.Output);
    }

    [Fact]
    public async Task A_separator_before_the_program_is_ours()
    {
        var outcome = await VeeProcess.RunAsync("run", "--seed", "5", "--", Repository.Probe, "args", "--", "x");

        Assert.Equal($"[{Repository.Probe}]\n[args]\n[--]\n[x]\n", outcome.Output);
    }

    [Fact]
    public async Task The_guest_sees_a_fixed_environment_and_what_was_given()
    {
        var outcome = await VeeProcess.RunAsync(
            "run", "--env", "A=1", "--env", "B=two words", "--env=HOME=/there", "--env", "A=2",
            Repository.Probe, "env");

        Assert.Equal(
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nB=two words\nHOME=/there\nA=2\n",
            outcome.Output);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("7", 7)]
    [InlineData("255", 255)]
    [InlineData("256", 0)]
    public async Task The_exit_status_is_the_guests(string status, int expected)
    {
        var outcome = await VeeProcess.ProbeAsync("exit", status);

        Assert.Equal(expected, outcome.Status);
        Assert.Empty(outcome.Error);
    }
}
