using Vee.Machines.Execution;
using Vee.Machines.Harts;
using Vee.Machines.Memory;

namespace Vee.Machines.Tests.Execution.Differential;

/// <summary>Runs a batch in the interpreter up to its first system call.</summary>
internal static class InterpretedBatch
{
    private const ulong ArenaBytes = 1 << 26;

    /// <param name="image">The batch.</param>
    /// <param name="cut">Budgets of the runs it is cut into.</param>
    /// <returns>The records; null with the trap when something other than the system call ended it.</returns>
    internal static (byte[]? Table, HartExit Exit, long Executed) Run(BatchImage image, Func<long> cut)
    {
        using var memory = GuestMemory.Reserve(ArenaBytes, ArenaBytes);
        using var hart = new Hart(0, CostModel.InOrder) { Pc = BatchImage.Entry };
        using var engine = new Interpreter<FlatAddressSpace>(new FlatAddressSpace(memory), CostModel.InOrder);
        memory.TryMap(
            BatchImage.Base,
            PageNumber.RoundUp((ulong)image.Bytes.Length),
            Protection.Read | Protection.Write | Protection.Execute);
        memory.TryWrite(BatchImage.Base, image.Bytes);
        HartExit exit;
        do
        {
            exit = engine.Run(hart, cut());
        }
        while (exit.Trap.Cause == TrapCause.None);

        if (exit.Trap.Cause != TrapCause.EnvironmentCall)
        {
            return (null, exit, (long)hart.Retired);
        }

        var table = new byte[image.TableBytes];
        memory.TryRead(BatchImage.Base + (ulong)image.TableOffset, table);
        return (table, exit, (long)hart.Retired);
    }
}
