using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Mappings;
using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Sockets;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Linux.Time;
using Vee.Machines.Memory;
using Vee.Machines.Networking;
using Vee.Machines.State;

namespace Vee.Machines.Linux;

/// <summary>One Linux process as its system calls see it.</summary>
internal sealed class Process
{
    internal Process(GuestMemory memory, IConsole console, ProcessOptions options)
    {
        Memory = memory;
        User = new UserMemory(memory);
        Console = console;
        Options = options;
        Clock = new VirtualClock(options.RealtimeAtStart);
        Random = new SeededRandom(options.Seed);
        Limits = new ResourceLimits();
        Mappings = new MemoryMap(memory);
        Signals = new SignalActions();
        SignalDelivery = new SignalDelivery(this);
        Timers = new TimerTable(this);
        Threads = new ThreadTable(this);
        Files = new FileTable(this);
        FileSystem = new FileSystem(this);
        Transfer = new TransferSpace(Memory, User);
        Sockets = new SocketTable(this, new NetworkStack(options.NetworkAddress,
            options.Network ?? new IsolatedNetwork()));
    }

    internal GuestMemory Memory { get; }

    internal UserMemory User { get; }

    internal IConsole Console { get; }

    internal ProcessOptions Options { get; }

    internal VirtualClock Clock { get; }

    /// <summary>The source of getrandom, AT_RANDOM and /dev/urandom.</summary>
    internal SeededRandom Random { get; }

    internal ResourceLimits Limits { get; }

    /// <summary>What is mapped where.</summary>
    internal MemoryMap Mappings { get; }

    /// <summary>Open files that shared mappings write back to; each is kept open once.</summary>
    internal HashSet<OpenFile> MappedFiles { get; } = [];

    /// <summary>The program break; set when a program is loaded.</summary>
    internal Heap Heap { get; set; } = new(0);

    /// <summary>What a position-independent program's addresses are relative to; else 0.</summary>
    internal ulong LoadBase { get; set; }

    /// <summary>Where signal handlers return to.</summary>
    internal ulong SignalTrampoline { get; set; }

    /// <summary>The environment's texts in memory, for /proc/self/environ.</summary>
    internal ulong EnvironmentStart { get; set; }

    internal ulong EnvironmentEnd { get; set; }

    internal SignalActions Signals { get; }

    internal SignalDelivery SignalDelivery { get; }

    /// <summary>How the process ended; null while it lives.</summary>
    internal ProcessEnding? Ending { get; private set; }

    /// <summary>The signal that stopped the process; 0 while it is not stopped. A stopped process runs no thread
    /// until SIGCONT is sent; SIGKILL ends it, other signals wait.</summary>
    internal int StopSignal { get; private set; }

    internal TimerTable Timers { get; }

    internal ThreadTable Threads { get; }

    internal FileTable Files { get; }

    /// <summary>Times that the program tried to fork, which a process machine refuses.</summary>
    internal long RefusedForks { get; set; }

    /// <summary>Set by sched_yield: the turn of the calling thread's hart ends.</summary>
    internal bool IsTurnYielded { get; set; }

    /// <summary>What setpriority(2) set, -20 to 19: kept and returned; harts are shared evenly all the same.</summary>
    internal int Niceness { get; set; }

    /// <summary>CPU time of the threads that have ended, in virtual nanoseconds.</summary>
    internal long EndedThreadsCpuTime { get; set; }

    /// <summary>Files by name, the working directory and the umask.</summary>
    internal FileSystem FileSystem { get; }

    /// <summary>Buffers that system calls move bytes through.</summary>
    internal TransferSpace Transfer { get; }

    internal SocketTable Sockets { get; }

    internal NetworkStack Network => Sockets.Network;

    /// <summary>The process id; its parent is 1.</summary>
    internal int Id { get; } = 100;

    /// <summary>exit_group: the first ending counts.</summary>
    internal void End(int status) => Ending ??= new ProcessEnding(status & 0xff, 0, null);

    /// <summary>A signal's default action ends the process.</summary>
    internal void EndBySignal(int signal, FatalTrap? trap) => Ending ??= new ProcessEnding(0, signal, trap);

    /// <summary>A signal's default action stops the process.</summary>
    internal void Stop(int signal) => StopSignal = signal;

    /// <summary>SIGCONT: a stopped process goes on.</summary>
    internal void Continue() => StopSignal = 0;

    /// <summary>The futex at an address: the same one wherever a word of a file is mapped shared.</summary>
    internal WaitKey FutexAt(ulong address)
    {
        if (MappedFiles.Count != 0 && Mappings.TryFind(address, out var mapping) && mapping.File?.Inode is { } file)
        {
            return WaitKey.FileFutex(file.Number, mapping.Offset + (address - mapping.Start));
        }

        return WaitKey.Futex(address);
    }

    /// <summary>Forgets every pending signal of a set, whether sent to the process or to a thread.</summary>
    internal void DiscardPending(ulong set)
    {
        Signals.Pending.Discard(set);
        foreach (var thread in Threads.All.Values)
        {
            thread.Signals.Pending.Discard(set);
        }
    }

    internal void SaveFiles(StateWriter state)
    {
        FileSystem.Save(state);
        Sockets.Save(state);
        Files.Save(state);
    }

    internal void RestoreFiles(StateReader state)
    {
        FileSystem.Restore(state);
        Sockets.Restore(state);
        Files.Restore(state);
    }

    internal void Save(StateWriter state)
    {
        state.UInt64("heapStart", Heap.Start);
        state.UInt64("heapBreak", Heap.Break);
        state.UInt64("loadBase", LoadBase);
        state.UInt64("signalTrampoline", SignalTrampoline);
        state.UInt64("environmentStart", EnvironmentStart);
        state.UInt64("environmentEnd", EnvironmentEnd);
        state.Int64("refusedForks", RefusedForks);
        state.Int64("endedThreadsCpuTime", EndedThreadsCpuTime);
        state.Int64("niceness", Niceness);
        state.Boolean("ended", Ending is not null);
        state.Int64("status", Ending?.Status ?? 0);
        state.Int64("signal", Ending?.Signal ?? 0);
        state.Int64("stopSignal", StopSignal);
    }

    internal void Restore(StateReader state)
    {
        var heapStart = state.UInt64("heapStart", Memory.ArenaBytes);
        Heap = new Heap(heapStart) { Break = state.UInt64("heapBreak", Memory.ArenaBytes) };
        LoadBase = state.UInt64("loadBase", Memory.ArenaBytes);
        SignalTrampoline = state.UInt64("signalTrampoline", Memory.ArenaBytes);
        EnvironmentStart = state.UInt64("environmentStart", Memory.ArenaBytes);
        EnvironmentEnd = state.UInt64("environmentEnd", Memory.ArenaBytes);
        RefusedForks = state.Int64("refusedForks", 0);
        EndedThreadsCpuTime = state.Int64("endedThreadsCpuTime", 0);
        Niceness = state.Int32("niceness", -20, 19);
        var ended = state.Boolean("ended");
        var status = state.Int32("status", 0, 255);
        var signal = state.Int32("signal", 0, SignalNumbers.Max);
        Ending = ended ? new ProcessEnding(status, signal, null) : null;
        StopSignal = state.Int32("stopSignal", 0, SignalNumbers.Max);
        if (StopSignal != 0 && !SignalNumbers.IsStopping(StopSignal))
        {
            throw state.Refuse("stopSignal", $"{StopSignal} is no signal that stops");
        }
    }
}
