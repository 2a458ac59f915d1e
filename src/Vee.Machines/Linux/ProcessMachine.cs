using Vee.Machines.Elf;
using Vee.Machines.Harts;
using Vee.Machines.Linux.Programs;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Memory;
using Vee.Machines.State;
using Vee.Machines.Networking;

namespace Vee.Machines.Linux;

/// <summary>
/// A machine that runs one unmodified Linux program: harts execute its instructions, and its system calls are
/// carried out here. It has no clock, threads or files of the host: whoever owns it runs it, lets its time pass
/// while it is idle, and connects its console.
/// </summary>
/// <remarks>
/// Used by one thread at a time, except for <see cref="RunHart"/>, beside which <see cref="AdvanceTo"/>,
/// <see cref="ConsoleChanged"/>, <see cref="SendSignal"/> and <see cref="StopHarts"/> may be called. See
/// docs/machine.md.
/// </remarks>
public sealed partial class ProcessMachine : IDisposable
{
    // Address space costs nothing until it is touched, and programs reserve far more of it than they use.
    private const ulong ArenaBytesMin = 1UL << 36;

    private readonly Process process;
    private readonly SyscallDispatcher dispatcher;
    private readonly Hart[] harts;
    private readonly GuestThread?[] threadOn;
    private readonly HartEngines[] engines;

    private ProcessMachine(ProcessOptions options, IConsole console, GuestMemory? memory = null)
    {
        Options = options;
        Memory = memory
            ?? GuestMemory.Reserve(ArenaBytesOf(options.MemoryBytes), options.MemoryBytes, options.HostPageBytes);
        process = new Process(Memory, console, options);
        dispatcher = new SyscallDispatcher(process);
        interleaving = new SeededRandom(options.Seed ^ InterleavingStream);
        harts = [.. Enumerable.Range(0, options.HartCount).Select(index => new Hart(index, options.Costs))];
        Array.ForEach(harts, hart => hart.AdvanceTo(VirtualClock.Start));
        threadOn = new GuestThread?[harts.Length];
        parallelTurnLeft = new long[harts.Length];
        Array.Fill(parallelTurnLeft, ParallelTurn);
        isHartPrepared = new bool[harts.Length];
        hasExecuted = new bool[harts.Length];
        engines = [.. harts.Select(_ => new HartEngines(Memory, options.Costs))];
    }

    /// <summary>What the machine was started with.</summary>
    public ProcessOptions Options { get; }

    /// <summary>The guest's memory.</summary>
    public GuestMemory Memory { get; }

    /// <summary>The hardware threads.</summary>
    public IReadOnlyList<Hart> Harts => harts;

    /// <summary>Virtual time since the start, in nanoseconds; that of who acted last if harts are scheduled.</summary>
    public long Now => process.Clock.Instant - VirtualClock.Start;

    /// <summary>How the process ended; null while it lives.</summary>
    public ProcessEnding? Ending => process.Ending;

    /// <summary>What a position-independent program's addresses are relative to; else 0.</summary>
    public ulong LoadBase => process.LoadBase;

    internal Process Process => process;

    /// <summary>Creates a machine with a program loaded and its first thread ready to run.</summary>
    /// <param name="program">The executable's bytes.</param>
    /// <param name="options">Memory, harts, arguments.</param>
    /// <param name="console">The standard streams.</param>
    /// <param name="refusal">Why the program cannot run, as a sentence for the user; empty when it can.</param>
    /// <returns>The machine, or null.</returns>
    public static ProcessMachine? TryCreate(
        ReadOnlyMemory<byte> program, ProcessOptions options, IConsole console, out string refusal)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(console);
        var image = ElfImage.TryParse(program, out refusal);
        if (image is null)
        {
            return null;
        }

        var machine = new ProcessMachine(options, console);
        refusal = machine.Load(image);
        if (refusal.Length != 0)
        {
            machine.Dispose();
            return null;
        }

        machine.process.FileSystem.Cache.Attach(options.Disk);
        return machine;
    }

    /// <summary>The console has input, has ended, or takes output again: threads that wait for it look.</summary>
    public void ConsoleChanged()
    {
        lock (kernel)
        {
            process.Files.NotifyConsole();
            Monitor.PulseAll(kernel);
        }
    }

    /// <summary>Hands the machine a message from its network.</summary>
    public void Deliver(NetworkMessage message)
    {
        lock (kernel)
        {
            process.Network.Deliver(message);
            Monitor.PulseAll(kernel);
        }
    }

    /// <summary>Lets an idle machine's time pass; timers that are due expire. Time never goes back.</summary>
    /// <param name="time">Nanoseconds since the start, as <see cref="Now"/> and <see
    /// cref="MachineExit.Deadline"/>.</param>
    public void AdvanceTo(long time)
    {
        lock (kernel)
        {
            process.Clock.AdvanceTo(time + VirtualClock.Start);
            Expire();
            Monitor.PulseAll(kernel);
        }
    }

    /// <summary>Sends a signal to the process, as kill(2) from outside.</summary>
    /// <param name="number">1..64.</param>
    public void SendSignal(int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, Signals.SignalNumbers.Max);
        lock (kernel)
        {
            process.SignalDelivery.SendToProcess(new Signals.SignalInfo(number, Signals.SignalCodes.User));

            // The thread that has the turn takes it before its next instruction.
            isPrepared = false;
            Monitor.PulseAll(kernel);
        }
    }

    /// <summary>Frees memory, harts and engines.</summary>
    public void Dispose()
    {
        coroutine?.Dispose();
        foreach (var engine in engines)
        {
            engine.Dispose();
        }

        foreach (var hart in harts)
        {
            hart.Dispose();
        }

        Memory.Dispose();
    }

    private static ulong ArenaBytesOf(ulong memoryBytes) => Math.Max(
        ArenaBytesMin, 2 * System.Numerics.BitOperations.RoundUpToPowerOf2(memoryBytes));

    private string Load(ElfImage image)
    {
        ElfImage? interpreter = null;
        if (image.Interpreter is { } path)
        {
            var error = process.FileSystem.TryReadWhole(path, out var bytes);
            if (error != Errno.None)
            {
                return $"the program needs the dynamic linker {path}, "
                    + $"which the machine's root file system does not have ({error}): give one with --root";
            }

            interpreter = ElfImage.TryParse(bytes, out var refusal);
            if (interpreter is null || interpreter.Interpreter is not null)
            {
                var reason = refusal.Length != 0 ? refusal : "it needs one itself";
                return $"the dynamic linker {path} cannot be used: {reason}";
            }
        }

        process.Files.InstallStandardStreams();
        var refused = new ProgramLoader(process).Load(image, interpreter, Options.ProgramPath, out var loaded);
        if (refused.Length == 0)
        {
            var thread = process.Threads.TryCreate()!;
            var name = Options.ProgramPath[(Options.ProgramPath.LastIndexOf('/') + 1)..];
            thread.Name = name[..Math.Min(name.Length, GuestThread.NameBytesMax)];
            thread.Context.Pc = loaded.Entry;
            thread.Context.X[2] = loaded.Stack;
            process.Threads.Start(thread);
        }

        return refused;
    }
}
