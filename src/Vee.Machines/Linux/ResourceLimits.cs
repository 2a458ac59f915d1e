using Vee.Machines.State;

namespace Vee.Machines.Linux;

/// <summary>getrlimit's table: a soft and a hard limit for each of Linux's 16 resources.</summary>
internal sealed class ResourceLimits
{
    internal const int Count = 16;
    internal const int Stack = 3;
    internal const int OpenFilesIndex = 7;
    internal const int Infinity = -1;

    private readonly ulong[] soft = new ulong[Count];
    private readonly ulong[] hard = new ulong[Count];

    internal ResourceLimits()
    {
        Array.Fill(soft, unchecked((ulong)Infinity));
        Array.Fill(hard, unchecked((ulong)Infinity));
        Set(Stack, 8UL << 20, unchecked((ulong)Infinity));
        Set(OpenFilesIndex, 1024, 4096);
    }

    /// <summary>RLIMIT_NOFILE: one more than the highest descriptor.</summary>
    internal ulong OpenFiles => soft[OpenFilesIndex];

    /// <summary>RLIMIT_STACK of the first thread, in bytes.</summary>
    internal ulong StackBytes => soft[Stack];

    internal (ulong Soft, ulong Hard) Get(int resource) => (soft[resource], hard[resource]);

    internal void Set(int resource, ulong softLimit, ulong hardLimit)
    {
        soft[resource] = softLimit;
        hard[resource] = hardLimit;
    }

    internal void Save(StateWriter state)
    {
        for (var resource = 0; resource < Count; resource++)
        {
            state.UInt64("soft", soft[resource]);
            state.UInt64("hard", hard[resource]);
        }
    }

    internal void Restore(StateReader state)
    {
        for (var resource = 0; resource < Count; resource++)
        {
            soft[resource] = state.UInt64("soft");
            hard[resource] = state.UInt64("hard", ulong.MaxValue);
        }
    }
}
