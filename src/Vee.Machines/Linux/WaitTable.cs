namespace Vee.Machines.Linux;

/// <summary>What a thread can wait for.</summary>
internal enum WaitKind : byte
{
    Invalid = 0,

    /// <summary>A futex word; the value is its guest address.</summary>
    Futex = 1,

    /// <summary>A change in an open file's readiness; the value is <see cref="Files.OpenFile.Id"/>.</summary>
    File = 2,

    /// <summary>A signal for the thread whose id is the value (sigsuspend, sigtimedwait, pause).</summary>
    Signal = 3,

    /// <summary>Only the deadline (sleep).</summary>
    Time = 4,

    /// <summary>A futex word in a file that is mapped shared; the value is made of the file's number and the word's
    /// offset.</summary>
    FileFutex = 5,

    /// <summary>The end of a transfer to or from the disk; the value is its number. No signal interrupts it.</summary>
    Disk = 6,
}

/// <summary>The identity of something that can be waited for; plain data, so that a saved machine keeps it.</summary>
internal readonly record struct WaitKey(WaitKind Kind, ulong Value)
{
    internal static WaitKey Futex(ulong address) => new(WaitKind.Futex, address);

    // A file system here makes fewer than 2^24 files in the life of a machine, and maps less than 2^40 bytes of one.
    internal static WaitKey FileFutex(long file, ulong offset) => new(WaitKind.FileFutex, (ulong)file << 40 ^ offset);

    internal static WaitKey File(long id) => new(WaitKind.File, (ulong)id);

    internal static WaitKey Signal(int thread) => new(WaitKind.Signal, (ulong)thread);

    internal static WaitKey Disk(long transfer) => new(WaitKind.Disk, (ulong)transfer);

    internal static WaitKey Time { get; } = new(WaitKind.Time, 0);
}

/// <summary>Why a waiting thread runs again.</summary>
internal enum WakeReason : byte
{
    /// <summary>It has not waited since its call began.</summary>
    None = 0,

    /// <summary>Something it waited for happened; the call looks again.</summary>
    Event = 1,

    /// <summary>Its deadline has passed.</summary>
    Timeout = 2,

    /// <summary>A signal is to be handled.</summary>
    Signal = 3,
}
