namespace Vee.ControllerRuntime.Informers;

/// <summary>Waits that double from failure to failure, stretched by chance, until something succeeds.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan last, RuntimeServices services)
{
    private static readonly TimeSpan AskedMax = TimeSpan.FromMinutes(5);

    private int failures;

    internal void Reset() => failures = 0;

    /// <param name="asked">What the server asked for, of which five minutes are granted; null for nothing.</param>
    /// <param name="cancellation">Ends the wait.</param>
    internal Task WaitAsync(TimeSpan? asked, CancellationToken cancellation)
    {
        var doubled = first * Math.Pow(2, Math.Min(failures++, 30));
        var wait = doubled < last ? doubled : last;
        var granted = asked < AskedMax ? asked.Value : asked is null ? wait : AskedMax;
        return Task.Delay(
            services.Jitter.Stretch(granted > wait ? granted : wait, 0.5), services.Time, cancellation);
    }
}
