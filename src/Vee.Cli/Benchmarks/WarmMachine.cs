using Vee.Machines.Linux;

namespace Vee.Cli.Benchmarks;

/// <summary>A machine in this process that is run to its end and timed.</summary>
internal sealed class WarmMachine : IDisposable
{
    private const long Budget = 100_000_000;

    private readonly CapturedConsole console = new();
    private readonly ProcessMachine machine;

    private WarmMachine(ReadOnlyMemory<byte> program, ulong memoryBytes)
    {
        var options = new ProcessOptions { Arguments = ["program"], MemoryBytes = memoryBytes };
        machine = ProcessMachine.TryCreate(program, options, console, out var refusal)
            ?? throw new InvalidOperationException($"The benchmark program cannot be run: {refusal}.");
    }

    /// <summary>The machine.</summary>
    internal ProcessMachine Machine => machine;

    /// <summary>What it printed.</summary>
    internal string Output => console.Output;

    internal static WarmMachine Create(ReadOnlyMemory<byte> program, ulong memoryBytes = 256UL << 20) =>
        new(program, memoryBytes);

    /// <summary>Runs until the process ends or nothing but a signal can wake it.</summary>
    /// <returns>The exit status; null when it waits.</returns>
    internal int? Run()
    {
        while (true)
        {
            var exit = machine.Run(Budget);
            switch (exit.Reason)
            {
                case MachineExitReason.Ended:
                    return exit.Ending!.ShellStatus;
                case MachineExitReason.Idle when exit.Deadline is { } deadline:
                    machine.AdvanceTo(deadline);
                    break;
                case MachineExitReason.Idle:
                    return null;
            }
        }
    }

    public void Dispose() => machine.Dispose();
}
