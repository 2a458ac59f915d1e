using System.Globalization;
using Vee.Machines.Linux;
using Vee.Machines.Memory;
using Vee.Machines.State;

namespace Vee.Cli.Benchmarks;

/// <summary>What a machine costs apart from executing instructions.</summary>
internal sealed class MachineCosts
{
    /// <summary>The program that touches 64 MiB and waits.</summary>
    internal const string TouchProgram = "touch";

    private const int CreationsPerRun = 20;
    private const int MachinesAlive = 32;
    private const ulong SmallProgramMemory = 256UL << 20;

    private readonly TimeProvider time;

    internal MachineCosts(TimeProvider time) => this.time = time;

    /// <summary>Creating a machine of 256 MiB with a program loaded, and disposing it.</summary>
    internal Samples CreationMicroseconds { get; } = new();

    /// <summary>Resident bytes of a machine that has run a small program, beyond the pages it touched.</summary>
    internal Samples OverheadBytes { get; } = new();

    /// <summary>Saving a machine of 256 MiB of which 64 MiB are touched, to memory.</summary>
    internal Samples SaveMilliseconds { get; } = new();

    /// <summary>Bringing it back.</summary>
    internal Samples RestoreMilliseconds { get; } = new();

    /// <summary>Bytes of the saved state.</summary>
    internal long StateBytes { get; private set; }

    /// <summary>Pages that the saved machine had touched.</summary>
    internal long TouchedPages { get; private set; }

    /// <summary>What went wrong; empty when nothing did.</summary>
    internal string Problem { get; private set; } = "";

    /// <summary>Measures everything.</summary>
    /// <param name="small">A program that ends soon.</param>
    /// <param name="touch">The program named <see cref="TouchProgram"/>.</param>
    /// <param name="runs">Samples of each.</param>
    internal void Measure(ReadOnlyMemory<byte> small, ReadOnlyMemory<byte> touch, int runs)
    {
        Create(small, 1);
        CreationMicroseconds.Clear();
        for (var run = 0; run < runs; run++)
        {
            Create(small, CreationsPerRun);
            MeasureOverhead(small);
        }

        using var machine = WarmMachine.Create(touch);
        if (machine.Run() is not null || machine.Machine.ReadStatistics().PresentPages < (64 << 20) / PageNumber.Bytes)
        {
            Problem = $"the program '{TouchProgram}' did not do its work";
            return;
        }

        TouchedPages = machine.Machine.ReadStatistics().PresentPages;
        for (var run = 0; run < runs && Problem.Length == 0; run++)
        {
            SaveAndRestore(machine.Machine);
        }
    }

    private void Create(ReadOnlyMemory<byte> program, int count)
    {
        for (var index = 0; index < count; index++)
        {
            var start = time.GetTimestamp();
            WarmMachine.Create(program, SmallProgramMemory).Dispose();
            CreationMicroseconds.Add(time.GetElapsedTime(start).TotalMicroseconds);
        }
    }

    private void MeasureOverhead(ReadOnlyMemory<byte> program)
    {
        var before = ResidentBytes();
        var machines = new List<WarmMachine>();
        var touched = 0L;
        for (var index = 0; index < MachinesAlive; index++)
        {
            var machine = WarmMachine.Create(program, SmallProgramMemory);
            machine.Run();
            touched += machine.Machine.Memory.PresentPages * PageNumber.Bytes;
            machines.Add(machine);
        }

        var after = ResidentBytes();
        OverheadBytes.Add(Math.Max(0, (double)(after - before - touched) / MachinesAlive));
        foreach (var machine in machines)
        {
            machine.Dispose();
        }
    }

    private void SaveAndRestore(ProcessMachine machine)
    {
        using var state = new StateInMemory();
        var start = time.GetTimestamp();
        machine.Save(state);
        SaveMilliseconds.Add(time.GetElapsedTime(start).TotalMilliseconds);
        StateBytes = state.Length;
        state.Rewind();
        start = time.GetTimestamp();
        using var restored = ProcessMachine.TryRestore(
            state, new CapturedConsole(), root: null, network: null, disk: null, out var refusal);
        RestoreMilliseconds.Add(time.GetElapsedTime(start).TotalMilliseconds);
        Problem = restored is null
            ? refusal
            : restored.Memory.PresentPages == machine.Memory.PresentPages ? "" : "the restored machine has other pages";
    }

    /// <summary>Resident memory of this process, in bytes, after collecting what is not used any more.</summary>
    private static long ResidentBytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        const string counters = "/proc/self/statm";
        if (!File.Exists(counters))
        {
            return Environment.WorkingSet;
        }

        var pages = long.Parse(File.ReadAllText(counters).Split(' ')[1], CultureInfo.InvariantCulture);
        return pages * Environment.SystemPageSize;
    }

    /// <summary>A saved machine in memory.</summary>
    private sealed class StateInMemory : IStateSink, IStateSource, IDisposable
    {
        private readonly MemoryStream bytes = new();

        internal long Length => bytes.Length;

        public void Write(ReadOnlySpan<byte> source) => bytes.Write(source);

        public int Read(Span<byte> destination) => bytes.Read(destination);

        public void Dispose() => bytes.Dispose();

        internal void Rewind() => bytes.Position = 0;
    }
}
