using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux;

// What can be seen of a machine from outside: counters, waiting threads, finished calls, registers. None of it
// changes the guest.
public sealed partial class ProcessMachine
{
    private const int CallNumberRegister = 17;

    /// <summary>Sees each system call when it returns; slow.</summary>
    public Action<SystemCallRecord>? SystemCallObserver
    {
        get;
        set
        {
            field = value;
            dispatcher.Observer = value is null
                ? null
                : (thread, number, arguments, result) => value(new SystemCallRecord(
                    thread.Id, SyscallText.Format(process.User, number, arguments, result)));
        }
    }

    /// <summary>Whether a thread waits for a file, which may be the console.</summary>
    public bool IsFileAwaited =>
        IsAwaited(thread => thread.WaitKeys.Exists(key => key.Kind == WaitKind.File));

    /// <summary>Whether a thread waits for a signal: sigsuspend, sigwait, or a poll of nothing, as pause is
    /// made.</summary>
    public bool IsSignalAwaited =>
        IsAwaited(thread => thread.WaitKeys.Count == 0 || thread.WaitKeys.Exists(key => key.Kind == WaitKind.Signal));

    /// <summary>Whether a signal has stopped the process (<see cref="MachineExitReason.Stopped"/>).</summary>
    public bool IsStopped
    {
        get
        {
            lock (kernel)
            {
                return process.StopSignal != 0;
            }
        }
    }

    /// <summary>Whether running on makes sense: a thread has or waits for a hart, or the process has ended.</summary>
    public bool HasWork
    {
        get
        {
            lock (kernel)
            {
                return process.Ending is not null || process.Threads.All.Values.Any(
                    thread => thread.State is GuestThreadState.Runnable or GuestThreadState.Running);
            }
        }
    }

    /// <summary>The name of a signal, such as SIGSEGV.</summary>
    /// <param name="number">1..64.</param>
    public static string SignalName(int number) => $"SIG{Signals.SignalNumbers.Name(number)}";

    /// <summary>Counters as they are now. Call it while no hart runs.</summary>
    public MachineStatistics ReadStatistics()
    {
        var retired = 0UL;
        var cycles = 0UL;
        foreach (var hart in harts)
        {
            retired += hart.Retired;
            cycles += hart.Cycles;
        }

        return new MachineStatistics
        {
            HartCount = harts.Length,
            Retired = retired,
            Cycles = cycles,
            Now = Now,
            SystemCalls = Named(dispatcher.Counts),
            Unimplemented = Named(dispatcher.Unimplemented),
            RefusedForks = process.RefusedForks,
            PresentPages = Memory.PresentPages,
            RamPages = Memory.RamPages,
            BlocksDecoded = engines.Sum(engine => engine.BlocksDecoded),
        };
    }

    /// <summary>Every thread that waits, by id.</summary>
    public IReadOnlyList<WaitingThread> ListWaitingThreads() =>
    [
        .. process.Threads.All.Values
            .Where(thread => thread.State == GuestThreadState.Blocked)
            .Select(thread => new WaitingThread(
                thread.Id,
                thread.Name,
                SyscallText.NameOf(thread.Context.X[CallNumberRegister]),
                [.. thread.WaitKeys.Select(Describe)])),
    ];

    /// <summary>Reads where a thread is and one of its registers, whether it is on a hart or not.</summary>
    /// <param name="thread">The thread's id.</param>
    /// <param name="isFloat">Whether an f register is meant.</param>
    /// <param name="index">The register, 0..31.</param>
    /// <param name="pc">The address of its next instruction.</param>
    /// <param name="value">The register's bits.</param>
    /// <returns>False when there is no such thread any more.</returns>
    public bool TryReadRegister(int thread, bool isFloat, int index, out ulong pc, out ulong value)
    {
        pc = 0;
        value = 0;
        if (!process.Threads.All.TryGetValue(thread, out var found))
        {
            return false;
        }

        if (found.Hart is { } hart)
        {
            pc = hart.Pc;
            value = isFloat ? hart.GetF(index) : hart.GetX(index);
        }
        else
        {
            pc = found.Context.Pc;
            value = isFloat ? found.Context.F[index] : found.Context.X[index];
        }

        return true;
    }

    /// <summary>Reads the instruction at an address.</summary>
    /// <param name="pc">Its address.</param>
    /// <param name="encoding">Two or four bytes, little-endian.</param>
    /// <returns>False when it cannot be fetched.</returns>
    public bool TryReadInstruction(ulong pc, out uint encoding)
    {
        Span<byte> bytes = stackalloc byte[4];
        bytes.Clear();
        encoding = 0;
        if (Memory.TryRead(pc, bytes[..2], Access.Execute) != AccessFault.None)
        {
            return false;
        }

        if ((bytes[0] & 3) == 3 && Memory.TryRead(pc + 2, bytes[2..], Access.Execute) != AccessFault.None)
        {
            return false;
        }

        encoding = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return true;
    }

    /// <summary>
    /// Changes the machine (a signal, input that has arrived) while its harts may be running in parallel: the change
    /// happens between two system calls, and harts that have nothing to do look again.
    /// </summary>
    public void ChangeWhileRunning(Action<ProcessMachine> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (kernel)
        {
            change(this);
            Monitor.PulseAll(kernel);
        }
    }

    private static SystemCallCount[] Named(IReadOnlyDictionary<ulong, long> counts) =>
    [
        .. counts
            .OrderByDescending(count => count.Value)
            .ThenBy(count => count.Key)
            .Select(count => new SystemCallCount(SyscallText.NameOf(count.Key), count.Value)),
    ];

    private bool IsAwaited(Func<GuestThread, bool> condition)
    {
        lock (kernel)
        {
            return process.Threads.All.Values.Any(
                thread => thread.State == GuestThreadState.Blocked && condition(thread));
        }
    }

    private string Describe(WaitKey key) => key.Kind switch
    {
        WaitKind.Futex => $"the futex at 0x{key.Value:x}",
        WaitKind.FileFutex => "a futex in a mapped file",
        WaitKind.File => process.Files.Descriptions.TryGetValue((long)key.Value, out var file)
            ? DescribeFile(file)
            : "a file that is closed",
        WaitKind.Signal => "a signal",
        WaitKind.Disk => "the disk",
        _ => "a time",
    };

    private string DescribeFile(OpenFile file)
    {
        var numbers = process.Files.Numbers
            .Where(number => process.Files.TryGet(number, out var open) && ReferenceEquals(open, file))
            .ToArray();
        return numbers.Length == 0 ? file.Name : $"{file.Name} (descriptor {string.Join(", ", numbers)})";
    }
}
