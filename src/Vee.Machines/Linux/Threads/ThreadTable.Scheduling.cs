using Vee.Machines.State;

namespace Vee.Machines.Linux.Threads;

// Creation and end of threads, the run queue and deadlines.
internal sealed partial class ThreadTable
{
    /// <summary>Threads at most: a thread more is refused with EAGAIN, as RLIMIT_NPROC would.</summary>
    internal const int CountMax = 16384;

    private int lastId;

    /// <summary>Threads that wait for a hart.</summary>
    internal int RunnableCount => runnable.Count;

    /// <summary>The earliest deadline of a waiting thread; <see cref="GuestThread.Never"/> when none has one.</summary>
    internal long NextDeadline
    {
        get
        {
            DropStaleDeadlines();
            return deadlines.TryPeek(out _, out var priority) ? priority.Deadline : GuestThread.Never;
        }
    }

    /// <summary>Creates a thread; it does not run before <see cref="Start"/>.</summary>
    /// <returns>Null when there are too many.</returns>
    internal GuestThread? TryCreate()
    {
        if (all.Count >= CountMax)
        {
            return null;
        }

        // The first thread's id is the process's; later ones follow it.
        lastId = lastId == 0 ? process.Id : lastId + 1;
        var thread = new GuestThread(lastId);
        all.Add(thread.Id, thread);
        return thread;
    }

    /// <summary>Makes a new thread runnable.</summary>
    internal void Start(GuestThread thread)
    {
        thread.State = GuestThreadState.Runnable;
        thread.ReadyTime = process.Clock.Instant;
        EnqueueReady(thread);
    }

    /// <summary>Puts a thread that ran at the end of the run queue.</summary>
    internal void Yield(GuestThread thread)
    {
        thread.State = GuestThreadState.Runnable;
        thread.ReadyTime = process.Clock.Instant;
        EnqueueReady(thread);
    }

    /// <summary>The thread that has waited longest for a hart, or null.</summary>
    /// <param name="readyBy">Only a thread that is ready by then.</param>
    internal GuestThread? TakeRunnable(long readyBy = GuestThread.Never)
    {
        while (IsAnyReady(readyBy))
        {
            var thread = runnable.Dequeue();
            if (thread.State == GuestThreadState.Runnable)
            {
                return thread;
            }
        }

        return null;
    }

    /// <summary>Whether a thread waits for a hart that is ready by a time.</summary>
    internal bool IsAnyReady(long readyBy) =>
        runnable.TryPeek(out _, out var first) && first.ReadyTime <= readyBy;

    /// <summary>Threads that wait for a hart and are ready by a time.</summary>
    internal int CountReady(long readyBy) =>
        runnable.UnorderedItems.Count(item => item.Priority.ReadyTime <= readyBy);

    /// <summary>When the next thread is ready that waits for a hart and is not by a time; <see
    /// cref="GuestThread.Never"/> for none.</summary>
    internal long NextReadyTime(long after) => runnable.UnorderedItems
        .Select(item => item.Priority.ReadyTime)
        .Where(time => time > after)
        .DefaultIfEmpty(GuestThread.Never)
        .Min();

    /// <summary>Ends a thread, whatever it does.</summary>
    internal void Remove(GuestThread thread)
    {
        if (thread.State == GuestThreadState.Blocked)
        {
            MakeRunnable(thread, WakeReason.Event);
        }

        thread.State = GuestThreadState.Exited;
        all.Remove(thread.Id);
    }

    /// <summary>Wakes every thread whose deadline is not after <paramref name="now"/>.</summary>
    internal void Expire(long now)
    {
        while (NextDeadline <= now)
        {
            MakeRunnable(deadlines.Dequeue().Thread, WakeReason.Timeout);
        }
    }

    /// <summary>Moves waiters from one key to another without waking them (FUTEX_REQUEUE).</summary>
    internal int Requeue(WaitKey from, WaitKey to, int countMax)
    {
        if (!waiters.TryGetValue(from, out var queue))
        {
            return 0;
        }

        var moved = 0;
        for (var node = queue.First; node is not null && moved < countMax; moved++)
        {
            var next = node.Next;
            var thread = node.Value;
            thread.WaitKeys[thread.WaitKeys.IndexOf(from)] = to;
            RemoveWaiter(from, thread);
            // Its place in the new queue is last, so its sequence is too; the deadline keeps the one it was filed
            // under.
            AddWaiter(to, thread);
            thread.QueueSequence = ++waitSequence;
            node = next;
        }

        return moved;
    }

    internal void Save(StateWriter state)
    {
        state.Int64("lastId", lastId);
        state.Int64("waitSequence", waitSequence);
        state.List("threads", all, (writer, entry) => entry.Value.Save(writer));
        var inOrder = runnable.UnorderedItems
            .Where(item => item.Element.State == GuestThreadState.Runnable)
            .OrderBy(item => item.Priority)
            .Select(item => item.Element);
        state.List("runnable", [.. inOrder], (writer, thread) => writer.Int64("thread", thread.Id));
    }

    internal void Restore(StateReader state)
    {
        lastId = state.Int32("lastId", process.Id);
        waitSequence = state.Int64("waitSequence", 0);
        state.List("threads", CountMax, (reader, _) =>
        {
            var thread = GuestThread.Restore(reader, lastId);
            if (!all.TryAdd(thread.Id, thread))
            {
                throw reader.Refuse("id", $"two threads have id {thread.Id}");
            }
        });
        var queued = new HashSet<int>();
        var latest = 0L;
        state.List("runnable", CountMax, (reader, _) =>
        {
            var id = reader.Int32("thread");
            if (!all.TryGetValue(id, out var thread) || thread.State != GuestThreadState.Runnable || !queued.Add(id)
                || thread.ReadyTime < latest)
            {
                throw reader.Refuse("thread", $"thread {id} cannot be there in the run queue");
            }

            latest = thread.ReadyTime;
            EnqueueReady(thread);
        });
        foreach (var thread in all.Values.Where(thread => thread.State == GuestThreadState.Blocked).OrderBy(thread =>
            thread.QueueSequence))
        {
            EnqueueWait(thread);
        }
    }

    private void DropStaleDeadlines()
    {
        while (deadlines.TryPeek(out var entry, out _)
            && (entry.Thread.State != GuestThreadState.Blocked || entry.Thread.WaitSequence != entry.Sequence))
        {
            deadlines.Dequeue();
        }
    }
}
