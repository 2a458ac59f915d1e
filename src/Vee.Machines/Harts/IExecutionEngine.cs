namespace Vee.Machines.Harts;

/// <summary>
/// What executes a hart's instructions: the interpreter, later a translator. One engine serves the harts of one
/// machine from one thread; harts that run in parallel have an engine each.
/// </summary>
public interface IExecutionEngine
{
    /// <summary>Executes instructions from the hart's pc until the budget is used up or one of them traps.</summary>
    /// <param name="hart">The hart; its registers and counters are exact on return.</param>
    /// <param name="budget">Instructions to execute at most, at least 1. Every engine ends at exactly this
    /// count.</param>
    /// <returns>The count executed and the trap, if any. ECALL is executed and traps.</returns>
    HartExit Run(Hart hart, long budget);
}
