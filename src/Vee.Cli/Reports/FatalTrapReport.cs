using Vee.Machines.Elf;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Linux;
using Vee.Machines.Memory;

namespace Vee.Cli.Reports;

/// <summary>Explains the instruction that ended a program.</summary>
internal static class FatalTrapReport
{
    private const int Columns = 4;

    internal static void Write(
        TextWriter writer, ProcessMachine machine, int signal, FatalTrap fatal, ElfSymbols symbols)
    {
        var name = ProcessMachine.SignalName(signal);
        writer.WriteLine($"vee: thread {fatal.Thread} was ended by {name}: {Describe(fatal.Trap, machine)}.");
        var symbol = symbols.Describe(fatal.Pc) is { } described ? $" <{described}>" : "";
        writer.WriteLine($"  pc    {Hexadecimal(fatal.Pc)}{symbol}");
        if (IsAccess(fatal.Trap.Cause))
        {
            writer.WriteLine($"  addr  {Hexadecimal(fatal.Trap.Value)}");
        }

        if (machine.TryReadInstruction(fatal.Pc, out var encoding))
        {
            var instruction = Decoder.Decode(encoding);
            var bytes = instruction.Length == 2 ? $"{encoding & 0xffff:x4}" : $"{encoding:x8}";
            writer.WriteLine($"  code  {bytes}  {Disassembler.Format(instruction, fatal.Pc)}");
        }

        for (var row = 0; row < fatal.X.Count; row += Columns)
        {
            var registers = Enumerable.Range(row, Columns)
                .Select(index => $"{RegisterNames.X(index),-4} {Hexadecimal(fatal.X[index])}");
            writer.WriteLine($"  {string.Join("  ", registers)}");
        }
    }

    private static string Describe(in Trap trap, ProcessMachine machine)
    {
        if (trap.Fault == AccessFault.OutOfMemory)
        {
            return "its RAM is full, --memory gives it more";
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

    private static bool IsAccess(TrapCause cause) =>
        cause is TrapCause.FetchFault or TrapCause.LoadFault or TrapCause.StoreFault or TrapCause.MisalignedAtomic;

    private static string Hexadecimal(ulong value) => $"0x{value:x16}";
}
