namespace Vee.Machines.Linux.Time;

/// <summary>struct timespec.</summary>
internal readonly record struct Timespec(long Seconds, long Nanoseconds);

/// <summary>struct timeval.</summary>
internal readonly record struct Timeval(long Seconds, long Microseconds);

/// <summary>struct itimerval.</summary>
internal readonly record struct IntervalTimeval(Timeval Interval, Timeval Value);

/// <summary>struct tms, in clock ticks.</summary>
internal readonly record struct ProcessTimes(long User, long System, long ChildrenUser, long ChildrenSystem);

/// <summary>The part of struct sigevent that timers use.</summary>
internal readonly record struct SignalEvent(ulong Value, int Signal, int Notify, int Thread, int Padding);
