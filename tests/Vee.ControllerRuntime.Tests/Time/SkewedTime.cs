namespace Vee.ControllerRuntime.Tests.Time;

/// <summary>A clock that shows another time and runs at another speed than everybody else's.</summary>
/// <param name="offset">How far the wall clock is off.</param>
/// <param name="speed">Seconds that pass here in one second.</param>
internal sealed class SkewedTime(TimeSpan offset, double speed) : TimeProvider
{
    private readonly long start = System.GetTimestamp();

    public override long TimestampFrequency => System.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + offset;

    public override long GetTimestamp() => start + (long)((System.GetTimestamp() - start) * speed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new SkewedTimer(System.CreateTimer(callback, state, Real(dueTime), Real(period)), this);

    private TimeSpan Real(TimeSpan span) => span == Timeout.InfiniteTimeSpan ? span : span / speed;

    private sealed class SkewedTimer(ITimer timer, SkewedTime time) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(time.Real(dueTime), time.Real(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
