using Xunit;

namespace Vee.Cli.Tests;

public sealed class ParallelTests
{
    [Theory]
    [InlineData("1")]
    [InlineData("4")]
    public async Task Parallel_harts_give_the_same_output(string harts)
    {
        var threads = Path.Combine(Repository.Root, "guests", "bin", "threads");

        var inTurn = await VeeProcess.RunAsync("run", "--harts", harts, threads);
        var parallel = await VeeProcess.RunAsync("run", "--harts", harts, "--parallel", threads);

        Assert.Equal(0, parallel.Status);
        Assert.Equal(inTurn.Output, parallel.Output);
    }

    [Fact]
    public async Task Parallel_harts_that_all_wait_are_a_deadlock()
    {
        var outcome = await VeeProcess.RunAsync("run", "--harts", "4", "--parallel", Repository.Probe, "deadlock");

        Assert.Equal(1, outcome.Status);
        Assert.Contains("waits for the futex", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("relieve")]
    [InlineData("yield")]
    public async Task A_parallel_hart_is_given_to_others_by_threads_that_only_make_calls(string how)
    {
        var outcome = await VeeProcess.RunAsync("run", "--parallel", Repository.Probe, how);

        Assert.Equal((0, ""), (outcome.Status, outcome.Error));
    }

    [Fact]
    public async Task Parallel_harts_skip_time_that_nobody_uses()
    {
        var outcome = await VeeProcess.RunAsync("run", "--harts", "3", "--parallel", Repository.Probe, "sleep", "1000");

        Assert.Equal(0, outcome.Status);
    }

    [Fact]
    public async Task Input_and_faults_reach_parallel_harts()
    {
        var echo = await VeeProcess.RunAsync(
            Repository.Vee, ["run", "--harts", "2", "--parallel", Repository.Probe, "echo"], "text");
        var fault = await VeeProcess.RunAsync("run", "--harts", "2", "--parallel", Repository.Probe, "store");

        Assert.Equal("text", echo.Output);
        Assert.Equal(139, fault.Status);
    }
}
