using Xunit;

namespace Vee.Cli.Tests;

public sealed class ArgumentTests : IDisposable
{
    private readonly ScratchDirectory scratch = new();

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

    public void Dispose() => scratch.Dispose();

    [Theory]
    [MemberData(nameof(Arguments))]
    public async Task Everything_after_the_program_reaches_the_guest_untouched(string[] arguments)
    {
        var outcome = await VeeProcess.ProbeAsync(["args", .. arguments]);

        Assert.Equal(0, outcome.Status);
        string[] all = [Repository.Probe, "args", .. arguments];
        Assert.Equal(string.Concat(all.Select(argument => $"[{argument}]\n")), outcome.Output);
    }

    [Theory]
    [InlineData("\\377")]
    [InlineData("a\\200\\303\\050b")]
    [InlineData("\\302\\205\\302\\240\\303\\240")]
    [InlineData("\\357\\277\\275")]
    public async Task Bytes_that_are_no_text_reach_the_guest_untouched(string bytes)
    {
        var print = $"printf '[{bytes}]\n'";
        var arguments = await VeeProcess.ShellAsync(
            $"'{Repository.Vee}' run '{Repository.Probe}' args plain \"$(printf '{bytes}')\" '' | tail -n +4 > seen; "
            + $"{{ {print}; echo '[]'; }} | cmp - seen",
            scratch.FullName);
        var variable = await VeeProcess.ShellAsync(
            $"'{Repository.Vee}' run --env \"A=[$(printf '{bytes}')]\" \"--env=B=[$(printf '{bytes}')]\" "
            + $"'{Repository.Probe}' env | tail -n 2 > seen; "
            + $"{{ printf A=; {print}; printf B=; {print}; }} | cmp - seen",
            scratch.FullName);

        Assert.Equal((0, "", ""), (arguments.Status, arguments.Output, arguments.Error));
        Assert.Equal((0, "", ""), (variable.Status, variable.Output, variable.Error));
    }

    [Fact]
    public async Task A_program_whose_name_is_no_text_is_refused_with_a_reason()
    {
        // Removed by the shell, because the runtime cannot.
        var outcome = await VeeProcess.ShellAsync(
            $"name=\"$(printf 'p\\377')\"; cp '{Repository.Probe}' \"$name\"; '{Repository.Vee}' run \"$name\"; "
            + "status=$?; rm \"$name\"; exit $status",
            scratch.FullName);

        Assert.Equal(126, outcome.Status);
        Assert.Equal(
            "vee run: 'p\ufffd' cannot be opened, because its name is not UTF-8: make a link to it.\n", outcome.Error);
    }

    [Fact]
    public async Task A_mistake_in_a_text_is_shown_as_it_was_typed()
    {
        var outcome = await VeeProcess.RunAsync("run", "--harts", "größe", "program");

        Assert.Contains("--harts 'größe' must be", outcome.Error, StringComparison.Ordinal);
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
