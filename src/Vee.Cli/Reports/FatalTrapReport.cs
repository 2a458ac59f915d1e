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
        var cause = FaultText.Describe(fatal.Trap, machine) + MemoryHint(fatal.Trap);
        writer.WriteLine($"vee: thread {fatal.Thread} was ended by {name}: {cause}.");
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

    private static string MemoryHint(in Trap trap) =>
        trap.Fault == AccessFault.OutOfMemory ? ", --memory gives it more" : "";

    private static bool IsAccess(TrapCause cause) =>
        cause is TrapCause.FetchFault or TrapCause.LoadFault or TrapCause.StoreFault or TrapCause.MisalignedAtomic;

    private static string Hexadecimal(ulong value) => $"0x{value:x16}";
}
