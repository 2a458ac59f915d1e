using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;

namespace Vee.Hypervisor.Scenarios;

/// <summary>What became of a machine until now, from its start on.</summary>
internal static class MachineMeasurement
{
    /// <summary>The names of states.</summary>
    private const string Running = "running";
    private const string Deadlocked = "deadlocked";
    private const string Exited = "exited";
    private const string Signalled = "signalled";

    /// <summary>Looks at a machine.</summary>
    public static Measurement Of(Host host, HostGuest guest, MachineGuest machine)
    {
        // A quantum is executed when it begins: what has ended within one that is not over has not ended yet.
        var ending = machine.Age < host.Now ? machine.Machine.Ending : null;
        var console = (ConsoleDigest)machine.Machine.Console;
        var state = ending switch
        {
            { Signal: 0 } => Exited,
            not null => Signalled,
            null => machine.IsDeadlocked ? Deadlocked : Running,
        };
        return new Measurement(
            new MeasuredSubject(SubjectKind.Machine, host.Name, guest.Domain.Name),
            [
                new(FigureNames.ExitStatus, ending?.ShellStatus),
                new(FigureNames.EndedAt, ending is null ? null : TimeFigures.Ms(machine.Age)),
                new(FigureNames.Instructions, machine.RetiredCount),
                new(FigureNames.ConsoleBytes, console.ByteCount),
            ])
        {
            Facts = [new(FigureNames.State, state), new(FigureNames.ConsoleSha256, console.Sha256)],
        };
    }
}
