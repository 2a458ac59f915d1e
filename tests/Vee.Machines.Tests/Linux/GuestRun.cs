using Vee.Machines.Linux;
using Vee.Machines.Linux.Files;
using Xunit;

namespace Vee.Machines.Tests.Linux;

/// <summary>Runs committed guests in a machine of the test's making.</summary>
internal static class GuestRun
{
    private const string Conformance = "conformance/";

    /// <summary>The bytes of guests/bin/NAME, or of a conformance program.</summary>
    internal static byte[] Program(string name) => name.StartsWith(Conformance, StringComparison.Ordinal)
        ? ConformancePrograms.Read(name[Conformance.Length..])
        : File.ReadAllBytes(Path.Combine(Repository.Root, "guests", "bin", name));

    internal static ProcessMachine Create(
        string guest, string[] arguments, IConsole console, int harts = 1, ulong seed = 1, ulong memory = 64UL << 20)
    {
        var machine = ProcessMachine.TryCreate(
            Program(guest),
            new ProcessOptions { Arguments = [guest, .. arguments], HartCount = harts, Seed = seed,
                MemoryBytes = memory },
            console,
            out var refusal);
        Assert.True(machine is not null, refusal);
        return machine;
    }

    internal static ProcessMachine Restore(byte[] state, IConsole console, IHostDirectory? root = null)
    {
        var machine = ProcessMachine.TryRestore(new MemoryState(state), console, root, null, null, out var refusal);
        Assert.True(machine is not null, refusal);
        return machine;
    }

    /// <summary>Runs each hart on a thread of its own to the end, letting time pass when the machine idles.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="stopped">Called with the signal when the guest is stopped.</param>
    internal static async Task<ProcessEnding> ToEndInParallelAsync(ProcessMachine machine, Action<int>? stopped = null)
    {
        var harts = machine.Harts.Select(hart => Task.Factory.StartNew(
            () => RunHart(machine, hart.Index, stopped), TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        await Task.WhenAll(harts).WaitAsync(
            TimeSpan.FromSeconds(120), TimeProvider.System, TestContext.Current.CancellationToken);
        return machine.Ending!;
    }

    private static void RunHart(ProcessMachine machine, int index, Action<int>? stopped)
    {
        // Only the last hart that becomes idle is told so, and the others wait meanwhile.
        while (true)
        {
            var exit = machine.RunHart(index);
            switch (exit.Reason)
            {
                case MachineExitReason.Idle when exit.Deadline is { } deadline:
                    machine.AdvanceTo(deadline);
                    break;
                case MachineExitReason.Stopped when stopped is not null:
                    stopped(exit.Signal);
                    break;
                default:
                    machine.StopHarts();
                    return;
            }
        }
    }

    /// <summary>Runs to the end, letting time pass when the machine idles; budgets come from the caller.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="budget">Of the next run.</param>
    /// <param name="stop">Asked where a budget is used up.</param>
    /// <param name="timeMax">Of the next run.</param>
    internal static ProcessEnding ToEnd(
        ProcessMachine machine, Func<long>? budget = null, Func<bool>? stop = null, Func<long>? timeMax = null)
    {
        budget ??= () => 10_000_000;
        for (var round = 0; round < 1_000_000; round++)
        {
            var exit = machine.Run(budget(), timeMax?.Invoke() ?? long.MaxValue);
            switch (exit.Reason)
            {
                case MachineExitReason.Ended:
                    return exit.Ending!;
                case MachineExitReason.Idle:
                    Assert.True(exit.Deadline is not null, "Every thread waits for something that cannot come.");
                    machine.AdvanceTo(exit.Deadline.Value);
                    break;
                case MachineExitReason.BudgetExhausted when stop?.Invoke() == true:
                    return new ProcessEnding(-1, 0, null);
            }
        }

        throw new TimeoutException("The guest does not end.");
    }
}

/// <summary>Where the repository is.</summary>
internal static class Repository
{
    internal static string Root { get; } = Find();

    private static string Find()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "vee-operator.sln")))
        {
            directory = Path.GetDirectoryName(directory)
                ?? throw new InvalidOperationException("The tests are not inside the repository.");
        }

        return directory;
    }
}
