using System.Buffers.Binary;
using Vee.Machines.Linux.Threads;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>
/// A timerfd on virtual time (timerfd_create(2)). Nothing fires: whether it has expired follows from the clock, and
/// who waits for it waits until <see cref="NextDeadline"/>.
/// </summary>
internal sealed class TimerFile(Process process, bool isRealtime) : OpenFile(process)
{
    internal const string Kind = "timerfd";

    private long expiry = GuestThread.Never;
    private long interval;
    private ulong notedExpirations;

    internal override string Name => "anon_inode:[timerfd]";

    internal override string StateKind => Kind;

    internal override bool ChangesSilently => true;

    /// <summary>The next expiration that nobody has seen.</summary>
    internal override long NextDeadline
    {
        get
        {
            var passed = Expirations;
            return passed == 0 ? expiry : interval == 0 ? GuestThread.Never : After(passed);
        }
    }

    private ulong Expirations
    {
        get
        {
            var now = Process.Clock.Now;
            return expiry > now ? 0 : interval == 0 ? 1 : 1 + ((ulong)(now - expiry) / (ulong)interval);
        }
    }

    internal override SyscallResult Read(Span<byte> destination)
    {
        if (destination.Length < sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        var passed = Expirations;
        if (passed == 0)
        {
            return Errno.EAGAIN;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(destination, passed);
        expiry = interval == 0 ? GuestThread.Never : After(passed);
        notedExpirations = 0;
        return sizeof(ulong);
    }

    internal override PollEvents Poll()
    {
        var passed = Expirations;
        if (passed > notedExpirations)
        {
            // Edge-triggered epoll learns of an expiration when it looks.
            EventCount += passed - notedExpirations;
            notedExpirations = passed;
        }

        return passed > 0 ? PollEvents.In : PollEvents.None;
    }

    /// <summary>Time to the next expiration, 0 when disarmed, and the interval; in nanoseconds.</summary>
    internal (long Remaining, long Interval) Get()
    {
        if (expiry == GuestThread.Never)
        {
            return (0, interval);
        }

        var passed = Expirations;
        var next = passed == 0 ? expiry : interval == 0 ? Process.Clock.Now : After(passed);
        return (passed > 0 && interval == 0 ? 0 : Math.Max(1, next - Process.Clock.Now), interval);
    }

    /// <summary>Arms or disarms.</summary>
    /// <param name="value">Nanoseconds from now, or a time of the timer's clock; 0 disarms.</param>
    /// <param name="every">Nanoseconds between expirations; 0 for one only.</param>
    /// <param name="isAbsolute">TFD_TIMER_ABSTIME.</param>
    internal void Set(long value, long every, bool isAbsolute)
    {
        interval = every;
        notedExpirations = 0;
        var start = isAbsolute ? isRealtime ? -Process.Clock.RealtimeAtBoot : 0 : Process.Clock.Now;
        expiry = value == 0 ? GuestThread.Never
            : value > GuestThread.Never - Math.Max(0, start) ? GuestThread.Never : start + value;
        Notify();
    }

    internal override void Save(StateWriter state)
    {
        state.Boolean("realtime", isRealtime);
        state.Int64("expiry", expiry);
        state.Int64("interval", interval);
        state.UInt64("noted", notedExpirations);
    }

    internal static OpenFile Restore(Process process, StateReader state) =>
        new TimerFile(process, state.Boolean("realtime"))
        {
            expiry = state.Int64("expiry"),
            interval = state.Int64("interval", 0),
            notedExpirations = state.UInt64("noted"),
        };

    private long After(ulong passed)
    {
        var advance = (UInt128)passed * (ulong)interval;
        return advance > (UInt128)(GuestThread.Never - Math.Max(0, expiry))
            ? GuestThread.Never : expiry + (long)advance;
    }
}
