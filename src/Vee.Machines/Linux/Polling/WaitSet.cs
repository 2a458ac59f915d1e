using System.Runtime.InteropServices;
using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Threads;

namespace Vee.Machines.Linux.Polling;

/// <summary>The files that a poll waits for, each once, and the earliest time at which one of them changes by
/// itself.</summary>
internal sealed class WaitSet
{
    private readonly List<long> ids = [];
    private readonly List<WaitKey> keys = [];
    private long deadline;

    internal void Clear()
    {
        ids.Clear();
        keys.Clear();
        deadline = GuestThread.Never;
    }

    internal void Add(OpenFile file)
    {
        ids.Add(file.Id);
        deadline = Math.Min(deadline, file.NextDeadline);
    }

    /// <summary>Makes a thread wait for all of it.</summary>
    internal SyscallResult Wait(Process process, GuestThread thread)
    {
        // A key must not occur twice among a thread's keys: waking walks the waiters of one key while removing them.
        ids.Sort();
        for (var index = 0; index < ids.Count; index++)
        {
            if (index == 0 || ids[index] != ids[index - 1])
            {
                keys.Add(WaitKey.File(ids[index]));
            }
        }

        var until = Math.Min(deadline, thread.CallDeadline ?? GuestThread.Never);
        return process.Threads.Wait(thread, until, CollectionsMarshal.AsSpan(keys));
    }
}
