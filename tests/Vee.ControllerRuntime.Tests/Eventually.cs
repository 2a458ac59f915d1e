using Xunit;

namespace Vee.ControllerRuntime.Tests;

/// <summary>Waits for a condition with a deadline.</summary>
internal static class Eventually
{
    internal static async Task TrueAsync(Func<bool> condition, string what, int seconds = 10)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(begin).TotalSeconds > seconds)
            {
                Assert.Fail($"not within {seconds} s: {what}");
            }

            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>What should not happen is given a while to happen.</summary>
    internal static async Task NeverAsync(Func<bool> condition, string what, TimeSpan span)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(begin) < span)
        {
            Assert.False(condition(), what);
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
