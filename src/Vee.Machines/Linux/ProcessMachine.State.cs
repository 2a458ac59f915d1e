using Vee.Machines.Linux.Mappings;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Memory;
using Vee.Machines.Networking;
using Vee.Machines.State;
using Vee.Machines.Storage;

namespace Vee.Machines.Linux;

// Saving a machine between two instructions, and bringing it back elsewhere as if it had never stopped.
public sealed partial class ProcessMachine
{
    private const uint SectionVersion = 1;
    private const uint ClockVersion = 2;
    private const uint ThreadsVersion = 2;
    private const uint HartsVersion = 2;
    private const uint TurnVersion = 2;

    /// <summary>Writes everything that the machine's future depends on. The machine can run on afterwards.</summary>
    /// <param name="sink">Where it goes.</param>
    /// <exception cref="InvalidOperationException">A page is absent.</exception>
    public void Save(IStateSink sink) => Save(sink, "pages", Memory.Save);

    /// <summary>The same without the bytes of pages, which go another way: <see cref="ReceivedPages"/>.</summary>
    /// <param name="sink">Where it goes.</param>
    /// <exception cref="InvalidOperationException">A page is absent.</exception>
    public void SaveWithoutPages(IStateSink sink) => Save(sink, "presence", Memory.SavePresence);

    /// <summary>Makes room for the pages of a machine that is to be restored without them.</summary>
    /// <param name="memoryBytes">The machine's RAM.</param>
    /// <exception cref="InsufficientMemoryException">The host has no such address range left.</exception>
    public static ReceivedPages ReceivePages(ulong memoryBytes) =>
        GuestMemory.Receive(GuestMemory.Reserve(ArenaBytesOf(memoryBytes), memoryBytes));

    private void Save(IStateSink sink, string pagesName, Action<StateWriter> savePages)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var state = new StateWriter(sink);
        state.Section("options", SectionVersion, Options.Save);
        state.Section("process", SectionVersion, process.Save);
        state.Section("clock", ClockVersion, process.Clock.Save);
        state.Section("random", SectionVersion, process.Random.Save);
        state.Section("limits", SectionVersion, process.Limits.Save);
        state.Section("files", SectionVersion, process.SaveFiles);
        state.Section("mappings", SectionVersion, process.Mappings.Save);
        state.Section("signals", SectionVersion, process.Signals.Save);
        state.Section("timers", SectionVersion, process.Timers.Save);
        state.Section("threads", ThreadsVersion, process.Threads.Save);
        state.Section("harts", HartsVersion, writer => writer.List("harts", harts, SaveHart));
        state.Section("turn", TurnVersion, SaveTurn);
        state.Section("calls", SectionVersion, dispatcher.Save);
        state.Section(pagesName, SectionVersion, savePages);
        state.Complete();
    }

    /// <summary>Brings a saved machine back.</summary>
    /// <param name="source">A state that <see cref="Save(IStateSink)"/> wrote; anything else is refused.</param>
    /// <param name="console">The standard streams.</param>
    /// <param name="root">The host directory that the machine was started with, if it was.</param>
    /// <param name="network">The network that the machine is connected to; null for none.</param>
    /// <param name="disk">What its files lie on, which still has to end <see cref="TransfersUnderWay"/>; null for
    /// none.</param>
    /// <param name="refusal">The field that was wrong and why; empty on success.</param>
    /// <returns>The machine, or null.</returns>
    public static ProcessMachine? TryRestore(
        IStateSource source,
        IConsole console,
        Files.IHostDirectory? root,
        INetwork? network,
        IDisk? disk,
        out string refusal) => TryRestore(source, console, root, network, disk, pages: null, out refusal);

    /// <summary>Brings a machine back that was saved without its pages.</summary>
    /// <param name="source">A state that <see cref="SaveWithoutPages"/> wrote; anything else is refused.</param>
    /// <param name="console">The standard streams.</param>
    /// <param name="root">The host directory that the machine was started with, if it was.</param>
    /// <param name="network">The network that the machine is connected to; null for none.</param>
    /// <param name="disk">As above.</param>
    /// <param name="pages">Its pages, which are the machine's from then on, and are freed if it is refused; null when
    /// the state has them.</param>
    /// <param name="refusal">The field that was wrong and why; empty on success.</param>
    /// <returns>The machine, or null.</returns>
    public static ProcessMachine? TryRestore(
        IStateSource source,
        IConsole console,
        Files.IHostDirectory? root,
        INetwork? network,
        IDisk? disk,
        ReceivedPages? pages,
        out string refusal)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(console);
        ProcessMachine? machine = null;
        try
        {
            var state = new StateReader(source);
            var options = default(ProcessOptions);
            state.Section("options", SectionVersion, reader => options = ProcessOptions.Restore(reader));
            if (pages is not null && (ulong)pages.Memory.RamPages != options!.MemoryBytes >> PageNumber.Shift)
            {
                throw state.Refuse("options", $"{options.MemoryBytes} bytes of memory, room was made for another size");
            }

            machine = new ProcessMachine(
                options! with { RootDirectory = root, Network = network, Disk = disk }, console, pages?.Memory);
            machine.Restore(state, pages is not null);
            machine.process.FileSystem.Cache.Attach(disk);
            refusal = "";
            return machine;
        }
        catch (StateRefusedException refused)
        {
            pages?.Dispose();
            machine?.Dispose();
            refusal = refused.Message;
            return null;
        }
    }

    private void Restore(StateReader state, bool havePagesCome)
    {
        state.Section("process", SectionVersion, process.Restore);
        state.Section("clock", ClockVersion, process.Clock.Restore);
        state.Section("random", SectionVersion, process.Random.Restore);
        state.Section("limits", SectionVersion, process.Limits.Restore);
        state.Section("files", SectionVersion, process.RestoreFiles);
        state.Section("mappings", SectionVersion, reader => process.Mappings.Restore(
            reader, id => process.Files.Descriptions.GetValueOrDefault(id)));
        foreach (var mapping in process.Mappings.All)
        {
            if (mapping.File is { } file)
            {
                SharedFiles.Keep(process, file);
            }
        }

        process.Files.CompleteRestore(state);

        state.Section("signals", SectionVersion, process.Signals.Restore);
        state.Section("timers", SectionVersion, process.Timers.Restore);
        state.Section("threads", ThreadsVersion, process.Threads.Restore);
        process.FileSystem.Cache.CheckRestored(state);
        var restored = 0;
        state.Section("harts", HartsVersion, reader => reader.List("harts", harts.Length, (item, index) =>
        {
            RestoreHart(item, index);
            restored++;
        }));
        if (restored != harts.Length)
        {
            throw state.Refuse("harts", $"{restored} harts, {harts.Length} expected");
        }

        CheckTimes(state);
        state.Section("turn", TurnVersion, RestoreTurn);
        state.Section("calls", SectionVersion, dispatcher.Restore);
        if (havePagesCome)
        {
            state.Section("presence", SectionVersion, Memory.RestorePresence);
        }
        else
        {
            state.Section("pages", SectionVersion, Memory.Restore);
        }

        state.Complete();
    }

    private void SaveHart(StateWriter state, Harts.Hart hart)
    {
        hart.Save(state);
        state.Int64("thread", threadOn[hart.Index]?.Id ?? 0);
    }

    private void RestoreHart(StateReader state, int index)
    {
        var hart = harts[index];
        hart.Restore(state);
        var id = state.Int32("thread", 0);
        if (id == 0)
        {
            return;
        }

        if (!process.Threads.All.TryGetValue(id, out var thread) || thread.State != GuestThreadState.Running
            || thread.Hart is not null)
        {
            throw state.Refuse("thread", $"thread {id} cannot be on a hart");
        }

        thread.Hart = hart;
        threadOn[index] = thread;
    }

    /// <summary>Nothing can have happened when neither a hart nor anybody outside has come so far.</summary>
    private void CheckTimes(StateReader state)
    {
        var latest = harts.Max(hart => Math.Max(hart.Now, process.Clock.Instant));
        if (process.Clock.Shown > latest)
        {
            throw state.Refuse("shown", $"the clock has shown {process.Clock.Shown}, after {latest}");
        }

        if (process.Threads.All.Values.FirstOrDefault(thread => thread.ReadyTime > latest) is { } early)
        {
            throw state.Refuse("readyTime", $"thread {early.Id} was ready at {early.ReadyTime}, after {latest}");
        }
    }

    private void SaveTurn(StateWriter state)
    {
        state.Section("interleaving", SectionVersion, interleaving.Save);
        state.Int64("hart", turnHart);
        state.Int64("left", turnLeft);
        state.Boolean("prepared", isPrepared);
        state.List("hartTurns", parallelTurnLeft, static (to, left) => to.Int64("left", left));
    }

    private void RestoreTurn(StateReader state)
    {
        state.Section("interleaving", SectionVersion, interleaving.Restore);
        turnHart = state.Int32("hart", -1, harts.Length - 1);
        turnLeft = state.Int64("left", 0, TurnMin + (long)TurnSpread);
        isPrepared = state.Boolean("prepared");
        state.List("hartTurns", harts.Length, (from, index) =>
            parallelTurnLeft[index] = from.Int64("left", 0, ParallelTurn));
        if (turnHart >= 0 && threadOn[turnHart] is null)
        {
            throw state.Refuse("hart", $"hart {turnHart} has the turn but no thread");
        }

        if (Enumerable.Range(0, harts.Length).Any(index => threadOn[index] is not null && parallelTurnLeft[index] == 0))
        {
            throw state.Refuse("left", "a thread on a hart has nothing left of its turn");
        }

        if (process.Threads.All.Values.Any(thread => thread.State == GuestThreadState.Running && thread.Hart is null))
        {
            throw state.Refuse("hart", "a running thread is on no hart");
        }
    }
}
