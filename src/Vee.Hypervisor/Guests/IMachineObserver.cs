namespace Vee.Hypervisor.Guests;

/// <summary>Who is told what a machine does, while its host is simulated. Must not touch the host.</summary>
public interface IMachineObserver
{
    /// <summary>It is about to be executed: what passes until <see cref="Executed"/> is spent on it.</summary>
    void Executing();

    /// <summary>It has been executed for a quantum.</summary>
    void Executed();

    /// <summary>None of its harts has anything to execute any more: it waits, has ended, or is deadlocked.</summary>
    void Idled();

    /// <summary>Executing it has shown a defect of this program, as which it does not execute any more.</summary>
    void Failed(Exception failure);
}
