using Vee.ControllerRuntime.Informers;
using Vee.ControllerRuntime.Tests.Time;
using Xunit;

namespace Vee.ControllerRuntime.Tests.Informers;

/// <summary>A minute and a half of silence ends a watch, ten seconds of doubt do.</summary>
public sealed class SilenceLimitTests : IDisposable
{
    private readonly FakeTime time = new();
    private readonly SilenceLimit limit;
    private bool isBehind = true;

    public SilenceLimitTests() =>
        limit = new SilenceLimit(TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(10), () => isBehind, time);

    [Fact]
    public void A_busy_watch_on_its_way_to_the_news_is_not_cut()
    {
        limit.Doubt();
        for (var i = 0; i < 100; i++)
        {
            Pass(9);
            Tell(isProgress: true);
        }

        Assert.False(limit.Cut.IsCancellationRequested);
        Pass(9.9);
        Assert.False(limit.Cut.IsCancellationRequested);
        Pass(0.2);
        Assert.True(limit.Cut.IsCancellationRequested);
    }

    [Fact]
    public void Words_without_progress_and_more_doubts_give_no_more_time()
    {
        limit.Doubt();
        Pass(9);
        Tell(isProgress: false);
        limit.Doubt();
        Pass(1.1);
        Assert.True(limit.Cut.IsCancellationRequested);
    }

    [Fact]
    public void Who_is_no_longer_behind_may_be_silent_for_long_again()
    {
        limit.Doubt();
        Pass(9);
        isBehind = false;
        Tell(isProgress: true);
        Assert.False(limit.IsDoubted);
        Pass(89);
        Assert.False(limit.Cut.IsCancellationRequested);
        Pass(2);
        Assert.True(limit.Cut.IsCancellationRequested);
    }

    [Fact]
    public void A_doubt_without_a_known_version_ends_with_any_word()
    {
        isBehind = false;
        limit.Doubt();
        Pass(9);
        Tell(isProgress: false);
        Pass(20);
        Assert.False(limit.Cut.IsCancellationRequested);
    }

    [Fact]
    public void A_doubt_late_in_a_silence_does_not_prolong_it()
    {
        Pass(85);
        limit.Doubt();
        Pass(6);
        Assert.True(limit.Cut.IsCancellationRequested);
    }

    public void Dispose() => limit.Dispose();

    private void Tell(bool isProgress)
    {
        limit.Heard();
        limit.Told(isProgress);
    }

    private void Pass(double seconds) => time.Advance(TimeSpan.FromSeconds(seconds));
}
