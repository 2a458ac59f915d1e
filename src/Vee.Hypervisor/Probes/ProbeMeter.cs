using Vee.Hypervisor.Measuring;
using Vee.Machines.State;

namespace Vee.Hypervisor.Probes;

/// <summary>What a client saw of a service that it asked at intended times.</summary>
/// <remarks>
/// Times count from when a request was meant to be sent, not from when it could be: a service that makes its clients
/// wait would else hide it (coordinated omission).
/// </remarks>
public sealed class ProbeMeter
{
    private readonly long slowAfter;
    private long lastGood = -1;

    /// <param name="slowAfter">Nanoseconds from which on an answer is slow.</param>
    public ProbeMeter(long slowAfter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slowAfter, 1);
        this.slowAfter = slowAfter;
    }

    /// <summary>Requests that were meant to be sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Requests that were answered.</summary>
    public long Answered { get; private set; }

    /// <summary>Requests that will not be answered any more.</summary>
    public long Lost { get; private set; }

    /// <summary>Answers that were slow.</summary>
    public long Slow { get; private set; }

    /// <summary>From the intended time to the answer, nanoseconds.</summary>
    public LatencyHistogram Response { get; private set; } = new();

    /// <summary>The longest time without an answer, nanoseconds.</summary>
    public long LongestSilence { get; private set; }

    /// <summary>When it began.</summary>
    public long LongestSilenceStart { get; private set; }

    /// <summary>The longest time without an answer until now, one that is not over included.</summary>
    public long SilenceUntil(long now) => LongestSilenceUntil(now).Duration;

    /// <summary>The same, and when it began.</summary>
    public (long Duration, long Start) LongestSilenceUntil(long now) =>
        lastGood >= 0 && now - lastGood > LongestSilence
            ? (now - lastGood, lastGood)
            : (LongestSilence, LongestSilenceStart);

    /// <summary>Forgets what was counted: what comes now counts.</summary>
    /// <param name="now">Virtual time; silence counts from here.</param>
    public void Reset(long now)
    {
        (Sent, Answered, Lost, Slow, LongestSilence, LongestSilenceStart) = (0, 0, 0, 0, 0, 0);
        Response = new LatencyHistogram();
        lastGood = now;
    }

    /// <summary>Time has passed that does not count.</summary>
    internal void Skip(long duration) => lastGood = lastGood < 0 ? lastGood : lastGood + duration;

    internal void CountSent(long intendedAt)
    {
        lastGood = lastGood < 0 ? intendedAt : lastGood;
        Sent++;
    }

    internal void CountAnswer(long intendedAt, long now)
    {
        Answered++;
        Slow += now - intendedAt > slowAfter ? 1 : 0;
        Response.Add(now - intendedAt);
        if (now - lastGood > LongestSilence)
        {
            LongestSilence = now - lastGood;
            LongestSilenceStart = lastGood;
        }

        lastGood = now;
    }

    internal void CountLost(long count) => Lost += count;

    internal void Save(StateWriter state)
    {
        state.Int64("sent", Sent);
        state.Int64("answered", Answered);
        state.Int64("lost", Lost);
        state.Int64("slow", Slow);
        state.Int64("longestSilence", LongestSilence);
        state.Int64("longestSilenceStart", LongestSilenceStart);
        state.Int64("lastGood", lastGood);
        Response.Save(state);
    }

    internal void Restore(StateReader state)
    {
        Sent = state.Int64("sent", 0);
        Answered = state.Int64("answered", 0);
        Lost = state.Int64("lost", 0);
        Slow = state.Int64("slow", 0);
        LongestSilence = state.Int64("longestSilence", 0);
        LongestSilenceStart = state.Int64("longestSilenceStart", 0);
        lastGood = state.Int64("lastGood", -1);
        Response.Restore(state);
    }
}
