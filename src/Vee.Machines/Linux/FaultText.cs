using Vee.Machines.Harts;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux;

/// <summary>Says what an instruction did that ended a process.</summary>
public static class FaultText
{
    /// <summary>What was accessed and why that failed, as a phrase without a full stop.</summary>
    /// <param name="trap">What ended the process.</param>
    /// <param name="machine">Its machine, which still has the memory as it was then.</param>
    public static string Describe(in Trap trap, ProcessMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        if (trap.Fault == AccessFault.OutOfMemory)
        {
            return "its RAM is full";
        }

        var at = $"0x{trap.Value:x}";
        return trap.Cause switch
        {
            TrapCause.FetchFault => $"no instruction can be fetched from {at}, {Why(trap, machine)}",
            TrapCause.LoadFault => $"a load from {at}, {Why(trap, machine)}",
            TrapCause.StoreFault => $"a store to {at}, {Why(trap, machine)}",
            TrapCause.MisalignedAtomic => $"an atomic access to {at}, which is not a multiple of its size",
            TrapCause.IllegalInstruction => "an illegal instruction",
            TrapCause.Breakpoint => "a breakpoint (ebreak)",
            _ => $"{trap.Cause}",
        };
    }

    private static string Why(in Trap trap, ProcessMachine machine) => trap.Fault switch
    {
        AccessFault.Forbidden when Allowed(trap.Value, machine) is { } allowed => $"where only {allowed} is allowed",
        AccessFault.Forbidden => "which is forbidden there",
        _ => "where nothing is mapped",
    };

    private static string? Allowed(ulong address, ProcessMachine machine) =>
        machine.Memory.ProtectionOf(PageNumber.Of(address)) switch
        {
            null => null,
            Protection.None => "nothing",
            { } protection => $"{protection}".ToLowerInvariant().Replace(", ", " and ", StringComparison.Ordinal),
        };
}
