using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>Readiness bits of poll(2) and epoll(7), with Linux's values.</summary>
[Flags]
internal enum PollEvents : uint
{
    None = 0,
    In = 0x1,
    Priority = 0x2,
    Out = 0x4,
    Error = 0x8,
    HangUp = 0x10,
    Invalid = 0x20,
    ReadHangUp = 0x2000,
}

/// <summary>open(2) flags of riscv64 (asm-generic/fcntl.h).</summary>
[Flags]
internal enum OpenFlags : uint
{
    ReadOnly = 0,
    WriteOnly = 1,
    ReadWrite = 2,
    AccessMode = WriteOnly | ReadWrite,
    Create = 0x40,
    Exclusive = 0x80,
    NoControllingTerminal = 0x100,
    Truncate = 0x200,
    Append = 0x400,
    NonBlocking = 0x800,
    DataSync = 0x1000,
    Direct = 0x4000,
    Directory = 0x10000,
    NoFollow = 0x20000,
    LargeFile = 0x8000,
    NoAccessTime = 0x40000,
    CloseOnExec = 0x80000,
    PathOnly = 0x200000,
    TemporaryFileOnly = 0x400000,
}

/// <summary>
/// An open file description: what file descriptors refer to, shared by dup'ed ones. It never blocks and never sees
/// guest memory: it answers EAGAIN, and the system call layer waits for <see cref="Id"/> to be notified.
/// </summary>
internal abstract class OpenFile(Process process)
{
    private List<Polling.EpollItem>? watchers;

    /// <summary>Unique in its machine for the machine's whole life; set when the description is registered.</summary>
    internal long Id { get; set; }

    /// <summary>Access mode and the flags that F_SETFL can change.</summary>
    internal OpenFlags Flags { get; set; } = OpenFlags.ReadWrite;

    /// <summary>Descriptors, and messages in flight, that refer to this description; it closes at zero.</summary>
    internal int References { get; set; }

    /// <summary>Notifications so far; edge-triggered epoll compares it.</summary>
    internal ulong EventCount { get; private protected set; }

    /// <summary>Whether reads and writes keep a position (regular files, directories).</summary>
    internal virtual bool IsSeekable => false;

    /// <summary>Whether mmap(2) can map it.</summary>
    internal virtual bool IsMappable => false;

    /// <summary>Bytes of a mappable file; 0 for everything else.</summary>
    internal virtual long Length => 0;

    /// <summary>The text that /proc/self/fd shows, for example <c>pipe:[7]</c> or a path.</summary>
    internal abstract string Name { get; }

    /// <summary>Names the class in a saved machine.</summary>
    internal abstract string StateKind { get; }

    /// <summary>Whether the access mode lets it be read.</summary>
    internal bool CanRead => (Flags & (OpenFlags.AccessMode | OpenFlags.PathOnly))
        is OpenFlags.ReadOnly or OpenFlags.ReadWrite;

    /// <summary>Whether the access mode lets it be written.</summary>
    internal bool CanWrite => (Flags & (OpenFlags.AccessMode | OpenFlags.PathOnly))
        is OpenFlags.WriteOnly or OpenFlags.ReadWrite;

    /// <summary>Whether calls on it answer EAGAIN instead of waiting.</summary>
    internal bool IsNonBlocking => (Flags & OpenFlags.NonBlocking) != 0;

    /// <summary>
    /// Whether a write that was taken in part goes on with the rest, as for streams; a write of a record (an eventfd's
    /// counter) ends with what was taken.
    /// </summary>
    internal virtual bool ContinuesWrites => true;

    /// <summary>The inode that it refers to; null for descriptions that have none (sockets, eventfds, epoll
    /// sets).</summary>
    internal virtual Inode? Inode => null;

    /// <summary>st_mode of a description without an inode; sockets answer S_IFSOCK.</summary>
    internal virtual uint AnonymousMode => 0x180;

    /// <summary>How long a blocking read waits, in virtual nanoseconds (SO_RCVTIMEO); null for ever.</summary>
    internal virtual long? ReadTimeout => null;

    /// <summary>How long a blocking write waits (SO_SNDTIMEO).</summary>
    internal virtual long? WriteTimeout => null;

    /// <summary>The virtual time at which readiness changes by itself, without <see cref="Notify"/> (timers).</summary>
    internal virtual long NextDeadline => Threads.GuestThread.Never;

    /// <summary>Whether <see cref="Poll"/> can change without <see cref="Notify"/>; epoll then always asks.</summary>
    internal virtual bool ChangesSilently => false;

    /// <summary>Whether epoll accepts it: regular files and directories are always ready and refused with
    /// EPERM.</summary>
    internal virtual bool SupportsEpoll => true;

    protected Process Process { get; } = process;

    /// <summary>Reads at the current position.</summary>
    /// <returns>The bytes read (0 at the end), EAGAIN when nothing is there yet, or another error.</returns>
    internal virtual SyscallResult Read(Span<byte> destination) => Errno.EINVAL;

    /// <summary>Writes at the current position.</summary>
    /// <returns>The bytes taken, which may be fewer, EAGAIN when there is no room yet, or another error.</returns>
    internal virtual SyscallResult Write(ReadOnlySpan<byte> source) => Errno.EINVAL;

    /// <summary>Reads at an offset, leaving the position.</summary>
    internal virtual SyscallResult ReadAt(Span<byte> destination, long offset) => Errno.ESPIPE;

    /// <summary>Writes at an offset, leaving the position.</summary>
    internal virtual SyscallResult WriteAt(ReadOnlySpan<byte> source, long offset) => Errno.ESPIPE;

    /// <summary>Moves the position, as lseek(2).</summary>
    internal virtual SyscallResult Seek(long offset, int whence) => Errno.ESPIPE;

    /// <summary>What would not block now.</summary>
    internal abstract PollEvents Poll();

    /// <summary>Answers an ioctl.</summary>
    internal virtual SyscallResult Control(ulong request, ulong argument, UserMemory user) => Errno.ENOTTY;

    /// <summary>The last reference is gone.</summary>
    internal virtual void Close()
    {
    }

    /// <summary>Writes everything that distinguishes this description, apart from id, flags and references.</summary>
    internal abstract void Save(StateWriter state);

    /// <summary>Second phase of restoring: finds the descriptions that it refers to; all of them exist now.</summary>
    internal virtual void Connect(StateReader state)
    {
    }

    /// <summary>Says that readiness may have changed: waiters look again.</summary>
    internal void Notify()
    {
        EventCount++;
        Process.Threads.Wake(WaitKey.File(Id));
        if (watchers is null)
        {
            return;
        }

        foreach (var watcher in watchers)
        {
            watcher.Set.OnNotified(watcher);
        }
    }

    /// <summary>Makes an epoll set hear of notifications.</summary>
    internal void AddWatcher(Polling.EpollItem item)
    {
        // In the order in which they came, also after a restore: it decides who is woken first.
        watchers ??= [];
        var index = watchers.Count;
        while (index > 0 && watchers[index - 1].Sequence > item.Sequence)
        {
            index--;
        }

        watchers.Insert(index, item);
    }

    internal void RemoveWatcher(Polling.EpollItem item) => watchers?.Remove(item);

    /// <summary>The epoll sets that it is in.</summary>
    private protected IEnumerable<Polling.EpollFile> WatchingSets => watchers?.Select(watcher => watcher.Set) ?? [];

    /// <summary>Leaves every epoll set, as a description does when its last reference goes.</summary>
    internal void LeaveWatchers()
    {
        while (watchers is { Count: > 0 })
        {
            watchers[^1].Set.Remove(watchers[^1]);
        }
    }

    /// <summary>Restores the count of notifications.</summary>
    internal void RestoreEventCount(ulong count) => EventCount = count;
}
