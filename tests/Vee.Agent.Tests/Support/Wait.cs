using System.Diagnostics;

namespace Vee.Agent.Tests.Support;

/// <summary>Waits for a state, with a deadline.</summary>
internal static class Wait
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    internal static Task ForAsync(Func<bool> condition, string what) =>
        ForAsync(() => Task.FromResult(condition()), what);

    internal static async Task ForAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null)
    {
        var most = limit ?? Limit;
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Xunit.Assert.True(watch.Elapsed < most, $"{what}: not within {most.TotalSeconds} s");
            await Task.Delay(5, TestAgent.Token);
        }
    }
}
