namespace Vee.ControllerRuntime.Informers;

/// <summary>Does something again and again, at intervals stretched by up to a tenth by chance.</summary>
internal sealed class ResyncTimer : IDisposable
{
    private readonly RuntimeServices services;
    private readonly TimeSpan period;
    private readonly ITimer timer;

    internal ResyncTimer(RuntimeServices services, TimeSpan period, Action resync)
    {
        this.services = services;
        this.period = period;
        timer = services.Time.CreateTimer(
            _ =>
            {
                resync();
                Arm();
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        Arm();
    }

    public void Dispose() => timer.Dispose();

    private void Arm() => timer.Change(services.Jitter.Stretch(period, 0.1), Timeout.InfiniteTimeSpan);
}
