using Vee.Cli.Files;
using Vee.Cli.Reports;
using Vee.Cli.Terminals;
using Vee.Cli.Tracing;
using Vee.Machines.Elf;
using Vee.Machines.Linux;

namespace Vee.Cli.Running;

/// <summary>One <c>vee run</c>, from the program's file to the exit status.</summary>
internal sealed class MachineRun(RunSettings settings, StandardStreams streams, TimeProvider time)
{
    private const int Interrupt = 2;
    private const int Pipe = 13;
    private const int Terminate = 15;

    /// <summary>Runs the program.</summary>
    /// <returns>The exit status.</returns>
    internal int Execute()
    {
        if (settings is { IsParallel: true, TraceFile: not null })
        {
            return Refuse(ExitStatus.Usage, "--trace follows the harts one after the other: leave out --parallel.");
        }

        using var root = settings.Root is null ? null : HostDirectory.TryOpen(settings.Root);
        if (settings.Root is not null && root is null)
        {
            return Refuse(ExitStatus.Usage, $"--root '{settings.Root}' is not a directory.");
        }

        var program = ProgramFile.TryLoad(settings.Program, root, out var failure);
        if (program is null)
        {
            return Refuse(failure!.Status, failure.Message);
        }

        var wakeUp = new WakeUp();
        var console = new HostConsole(streams, wakeUp.Set);
        using var machine = ProcessMachine.TryCreate(
            program.Bytes, OptionsFor(program, root, console), console, out var refusal);
        return machine is null
            ? Refuse(ExitStatus.CannotRun, $"'{GuestText.ToHost(settings.Program)}' cannot be run: {refusal}.")
            : Run(machine, program, console, wakeUp);
    }

    private ProcessOptions OptionsFor(ProgramFile program, HostDirectory? root, HostConsole console) => new()
    {
        MemoryBytes = settings.MemoryBytes,
        HartCount = settings.HartCount,
        Seed = settings.Seed,
        Arguments = [settings.Program, .. settings.Arguments],
        ProgramPath = program.GuestPath,
        RootDirectory = root,
        Environment = GuestEnvironment.Build(
            settings.Environment,
            console.IsTerminal(0) || console.IsTerminal(1) ? TerminalType() : null),
    };

    private static string TerminalType() => GuestText.FromHost(Environment.GetEnvironmentVariable("TERM") ?? "");

    private int Run(ProcessMachine machine, ProgramFile program, HostConsole console, WakeUp wakeUp)
    {
        var symbols = new Lazy<ElfSymbols>(() =>
            ElfSymbols.Read(ElfImage.TryParse(program.Bytes, out _)!, machine.LoadBase));
        MachineTrace? trace = null;
        if (settings.TraceFile is not null)
        {
            trace = MachineTrace.TryStart(machine, symbols.Value, settings.TraceFile, streams, out var refusal);
            if (trace is null)
            {
                return Refuse(ExitStatus.Usage, refusal);
            }
        }

        LoopEnd end;
        TimeSpan wall;
        using (var signals = new SignalInbox(wakeUp, time, console.IsTerminal(0)))
        {
            var start = time.GetTimestamp();
            end = RunToEnd(machine, console, signals, wakeUp);
            wall = time.GetElapsedTime(start);
        }

        trace?.Dispose();
        var status = Report(end, machine, symbols);
        if (settings.IsStatisticsWanted)
        {
            RunStatistics.Write(streams.Error, settings.StatisticsFormat, machine.ReadStatistics(), wall);
        }

        return status;
    }

    private LoopEnd RunToEnd(ProcessMachine machine, HostConsole console, SignalInbox signals, WakeUp wakeUp)
    {
        var jobs = new JobControl(machine, signals);
        if (settings.IsParallel)
        {
            return new ParallelRunner(machine, console, signals, jobs, wakeUp, time).Run();
        }

        var idle = new IdleTime(machine, console, signals, wakeUp, time);
        return new MachineLoop(machine, console, signals, jobs, idle, wakeUp, time).Run();
    }

    private int Report(LoopEnd end, ProcessMachine machine, Lazy<ElfSymbols> symbols)
    {
        switch (end)
        {
            case LoopEnd.Killed:
                streams.Error.WriteLine("vee: ended by a second interrupt.");
                return ExitStatus.Interrupted;
            case LoopEnd.Deadlock:
                DeadlockReport.Write(streams.Error, machine);
                return ExitStatus.Failure;
            default:
                var ending = machine.Ending!;
                SayIfForkWasRefused(machine);
                if (ending.Trap is { } trap)
                {
                    FatalTrapReport.Write(streams.Error, machine, ending.Signal, trap, symbols.Value);
                }
                else if (ending.Signal is not (0 or Interrupt or Pipe or Terminate))
                {
                    var name = ProcessMachine.SignalName(ending.Signal);
                    streams.Error.WriteLine($"vee: the program was ended by {name}{MemoryHint(machine)}.");
                }

                return ending.ShellStatus;
        }
    }

    private void SayIfForkWasRefused(ProcessMachine machine)
    {
        if (!settings.IsStatisticsWanted && machine.ReadStatistics().RefusedForks is > 0 and var count)
        {
            streams.Error.WriteLine(
                $"vee: the program tried {count} times to create another process; this machine runs one (ENOSYS).");
        }
    }

    private static string MemoryHint(ProcessMachine machine) =>
        machine.Memory.PresentPages >= machine.Memory.RamPages ? ": its RAM is full, --memory gives it more" : "";

    private int Refuse(int status, string message)
    {
        streams.Error.WriteLine($"vee run: {message}");
        return status;
    }
}
