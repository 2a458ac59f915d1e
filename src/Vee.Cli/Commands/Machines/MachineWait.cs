using Vee.Api.VirtualMachines;

namespace Vee.Cli.Commands.Machines;

/// <summary>Looks at a machine until it is where it was asked to be.</summary>
/// <param name="read">The machine as it is now.</param>
/// <param name="time">The clock of looking again and of giving up.</param>
/// <param name="progress">Told whenever there is something new to say.</param>
internal sealed class MachineWait(
    Func<CancellationToken, Task<VirtualMachine>> read, TimeProvider time, Action<GoalProgress> progress)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits.</summary>
    /// <param name="goal">Where the machine is to be.</param>
    /// <param name="limit">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The machine as last seen, and how far it came: still underway when the time is up.</returns>
    internal async Task<(VirtualMachine Machine, GoalProgress Progress)> ForAsync(
        MachineGoal goal, TimeSpan limit, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        GoalProgress? said = null;
        while (true)
        {
            var machine = await read(cancellation);
            var now = goal.Compare(machine);
            if (now.State != GoalState.Underway || time.GetElapsedTime(start) >= limit)
            {
                return (machine, now);
            }

            if (said != now)
            {
                progress(now);
                said = now;
            }

            await Task.Delay(LookAgain, time, cancellation);
        }
    }
}
