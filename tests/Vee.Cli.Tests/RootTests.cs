using Xunit;

namespace Vee.Cli.Tests;

public sealed class RootTests : IDisposable
{
    private const int NotFound = 2;
    private const int TooManyLinks = 40;

    private readonly ScratchDirectory scratch = new();

    public RootTests()
    {
        scratch.Write("secret", "secret"u8);
        scratch.Write("root/bin/program", File.ReadAllBytes(Repository.Probe));
        scratch.Write("root/data/file", "inside"u8);
        scratch.Write("root/bin/größe", File.ReadAllBytes(Repository.Probe));
        scratch.Link("root/bin/relative", "program");
        scratch.Link("root/bin/absolute", "/bin/program");
    }

    private string Root => Path.Combine(scratch.FullName, "root");

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData("/bin/program")]
    [InlineData("bin/program")]
    [InlineData("/bin/größe")]
    [InlineData("/bin/relative")]
    [InlineData("/bin/absolute")]
    [InlineData("/../bin/./program")]
    public async Task A_program_is_found_inside_the_root_first(string path)
    {
        var outcome = await VeeProcess.RunAsync("run", "--root", Root, path, "args");

        Assert.Equal($"[{path}]\n[args]\n", outcome.Output);
    }

    [Fact]
    public async Task A_program_outside_the_root_can_be_run_in_it()
    {
        var outcome = await CatAsync("/data/file");

        Assert.Equal("inside", outcome.Output);
    }

    [Theory]
    [InlineData("link", "../secret")]
    [InlineData("link", "../../../../../../../../../../../../etc/shadow")]
    [InlineData("deep/er/link", "../../../secret")]
    public async Task A_link_does_not_lead_out_of_the_root(string link, string target)
    {
        scratch.Link($"root/{link}", target);

        Assert.Equal(NotFound, (await CatAsync($"/{link}")).Status);
        Assert.Equal(127, (await VeeProcess.RunAsync("run", "--root", Root, $"/{link}")).Status);
    }

    [Fact]
    public async Task An_absolute_link_means_the_root()
    {
        scratch.Link("root/link", "/data/file");

        Assert.Equal("inside", (await CatAsync("/link")).Output);
    }

    [Fact]
    public async Task A_directory_that_is_a_link_to_outside_does_not_lead_there()
    {
        scratch.Link("root/outside", scratch.FullName);

        Assert.Equal(NotFound, (await CatAsync("/outside/secret")).Status);
    }

    [Theory]
    [InlineData("/../secret")]
    [InlineData("/data/../../secret")]
    [InlineData("../../secret")]
    public async Task Dots_do_not_lead_out_of_the_root(string path) =>
        Assert.Equal(NotFound, (await CatAsync(path)).Status);

    [Fact]
    public async Task Links_in_a_circle_are_refused()
    {
        scratch.Link("root/a", "b");
        scratch.Link("root/b", "a");

        Assert.Equal(TooManyLinks, (await CatAsync("/a")).Status);
        Assert.Equal(127, (await VeeProcess.RunAsync("run", "--root", Root, "/a")).Status);
    }

    [Fact]
    public async Task A_pipe_of_the_host_is_an_empty_file_and_blocks_nobody()
    {
        await VeeProcess.RunAsync("mkfifo", [Path.Combine(Root, "pipe")], "");

        var outcome = await CatAsync("/pipe");

        Assert.Equal((0, ""), (outcome.Status, outcome.Output));
    }

    [Fact]
    public async Task A_pipe_of_the_root_is_no_program_and_is_not_waited_for()
    {
        await VeeProcess.RunAsync("mkfifo", [Path.Combine(Root, "pipe")], "");

        var outcome = await VeeProcess.RunAsync("run", "--root", Root, "/pipe");

        Assert.Equal(126, outcome.Status);
        Assert.Contains("not an ELF file", outcome.Error, StringComparison.Ordinal);
    }

    private Task<Outcome> CatAsync(string path) =>
        VeeProcess.RunAsync("run", "--root", Root, Repository.Probe, "cat", path);
}
