namespace Vee.Machines.Linux.Threads;

/// <summary>The threads of a process: who runs, who waits, and for what.</summary>
internal sealed partial class ThreadTable(Process process)
{
    private readonly Dictionary<WaitKey, LinkedList<GuestThread>> waiters = [];
    private readonly PriorityQueue<(GuestThread Thread, long Sequence), (long Deadline,
        long Sequence)> deadlines = new();

    // By when they are ready, then by when they came: in that order they get harts.
    private readonly PriorityQueue<GuestThread, (long ReadyTime, long Sequence)> runnable = new();
    private readonly SortedDictionary<int, GuestThread> all = [];
    private long waitSequence;
    private long readySequence;

    /// <summary>Every live thread, by id.</summary>
    internal IReadOnlyDictionary<int, GuestThread> All => all;

    /// <summary>
    /// Makes a thread wait until a key is woken or the deadline passes; the caller returns the result. The call is
    /// then made again with <see cref="GuestThread.Wake"/> saying why.
    /// </summary>
    /// <param name="thread">The thread whose call it is.</param>
    /// <param name="deadline">Virtual nanoseconds, or <see cref="GuestThread.Never"/>.</param>
    /// <param name="keys">What wakes it; any of them does.</param>
    internal SyscallResult Wait(GuestThread thread, long deadline, params ReadOnlySpan<WaitKey> keys)
    {
        thread.State = GuestThreadState.Blocked;
        thread.WaitDeadline = deadline;
        thread.WaitSequence = ++waitSequence;
        thread.QueueSequence = waitSequence;
        foreach (var key in keys)
        {
            thread.WaitKeys.Add(key);
        }

        EnqueueWait(thread);
        return SyscallResult.Blocked;
    }

    /// <summary>
    /// What a call on a file does with its result: EAGAIN on a blocking file becomes a wait for the file's next
    /// notification, until an optional timeout after which EAGAIN stands (SO_RCVTIMEO's rule).
    /// </summary>
    internal SyscallResult WaitIfBlocking(
        GuestThread thread, Files.OpenFile file, SyscallResult result, bool nonBlocking, long? timeout = null)
    {
        if (result.Error != Errno.EAGAIN || nonBlocking || thread.Wake == WakeReason.Timeout)
        {
            return result;
        }

        thread.CallDeadline ??= timeout is { } nanoseconds ? process.Clock.Now + nanoseconds : GuestThread.Never;
        return Wait(thread, thread.CallDeadline.Value, WaitKey.File(file.Id));
    }

    /// <summary>Wakes threads that wait for a key, longest waiting first.</summary>
    /// <param name="key">What happened.</param>
    /// <param name="countMax">Threads to wake at most.</param>
    /// <param name="bits">Only threads whose <see cref="GuestThread.WaitBits"/> share a bit.</param>
    /// <returns>Threads woken.</returns>
    internal int Wake(WaitKey key, int countMax = int.MaxValue, uint bits = uint.MaxValue)
    {
        if (!waiters.TryGetValue(key, out var queue))
        {
            return 0;
        }

        var woken = 0;
        for (var node = queue.First; node is not null && woken < countMax;)
        {
            var next = node.Next;
            if ((node.Value.WaitBits & bits) != 0)
            {
                MakeRunnable(node.Value, WakeReason.Event);
                woken++;
            }

            node = next;
        }

        return woken;
    }

    /// <summary>Whether any thread waits for a key.</summary>
    internal bool IsWaitedFor(WaitKey key) => waiters.ContainsKey(key);

    /// <summary>Ends a wait, whatever it was for; but a signal does not end one for the disk.</summary>
    internal void MakeRunnable(GuestThread thread, WakeReason reason)
    {
        if (thread.State != GuestThreadState.Blocked || (reason == WakeReason.Signal && thread.IsInTransfer))
        {
            return;
        }

        foreach (var key in thread.WaitKeys)
        {
            RemoveWaiter(key, thread);
        }

        thread.WaitKeys.Clear();
        thread.WaitDeadline = GuestThread.Never;
        thread.Wake = reason;
        thread.State = GuestThreadState.Runnable;

        // With scheduled harts, the thread may have begun to wait on a hart that is ahead of who wakes it.
        thread.ReadyTime = Math.Max(thread.ReadyTime, process.Clock.Instant);
        EnqueueReady(thread);
    }

    private void EnqueueReady(GuestThread thread) =>
        runnable.Enqueue(thread, (thread.ReadyTime, ++readySequence));

    private void EnqueueWait(GuestThread thread)
    {
        foreach (var key in thread.WaitKeys)
        {
            AddWaiter(key, thread);
        }

        if (thread.WaitDeadline != GuestThread.Never)
        {
            // An entry whose wait has ended is recognised by its sequence and skipped when it comes up.
            deadlines.Enqueue((thread, thread.WaitSequence), (thread.WaitDeadline, thread.WaitSequence));
        }
    }

    private void AddWaiter(WaitKey key, GuestThread thread)
    {
        if (!waiters.TryGetValue(key, out var queue))
        {
            waiters[key] = queue = new();
        }

        queue.AddLast(thread);
    }

    private void RemoveWaiter(WaitKey key, GuestThread thread)
    {
        if (waiters.TryGetValue(key, out var queue) && queue.Remove(thread) && queue.Count == 0)
        {
            waiters.Remove(key);
        }
    }
}
