using Vee.Machines.Harts;

namespace Vee.Machines.Linux;

/// <summary>The instruction that ended a process, with the registers as it left them.</summary>
public sealed class FatalTrap
{
    private readonly ulong[] x = new ulong[32];

    internal FatalTrap(int thread, Hart hart, Trap trap)
    {
        Thread = thread;
        Trap = trap;
        Pc = hart.Pc;
        for (var index = 0; index < x.Length; index++)
        {
            x[index] = hart.GetX(index);
        }
    }

    /// <summary>The thread's id.</summary>
    public int Thread { get; }

    /// <summary>What happened, and the address or encoding.</summary>
    public Trap Trap { get; }

    /// <summary>The address of the instruction.</summary>
    public ulong Pc { get; }

    /// <summary>x0..x31.</summary>
    public IReadOnlyList<ulong> X => x;
}

/// <summary>How a process ended.</summary>
/// <param name="Status">The exit status, 0..255; 0 when a signal ended it.</param>
/// <param name="Signal">The fatal signal; 0 when it exited.</param>
/// <param name="Trap">The fault behind the signal, if a fault it was.</param>
public sealed record ProcessEnding(int Status, int Signal, FatalTrap? Trap)
{
    /// <summary>What a shell reports: the status, or 128 plus the signal.</summary>
    public int ShellStatus => Signal == 0 ? Status : 128 + Signal;
}
