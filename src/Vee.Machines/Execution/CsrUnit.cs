using Vee.Machines.Harts;
using Vee.Machines.Isa;

namespace Vee.Machines.Execution;

/// <summary>
/// The CSRs that user mode has: fflags, frm, fcsr, cycle, time, instret. Every other number is illegal here; a
/// machine with privilege levels adds its own in front. Source: ISA manual, "Zicsr" and "Zicntr" chapters.
/// </summary>
internal static unsafe class CsrUnit
{
    private const int FloatFlags = 0x001;
    private const int RoundingMode = 0x002;
    private const int FloatControl = 0x003;
    private const int Cycle = 0xc00;
    private const int Time = 0xc01;
    private const int InstructionsRetired = 0xc02;

    // The time CSR counts at the 10 MHz that small RISC-V boards use: one tick is 100 ns of virtual time.
    private const ulong NanosecondsPerTick = 100;

    /// <returns>False when the CSR does not exist or is written though it is read-only.</returns>
    /// <remarks>JUSTIFICATION, SAFETY: as for <see cref="Interpreter{TSpace}"/>, whose operations it
    /// executes.</remarks>
    internal static bool Execute(Operation* op, Hart hart, ulong retired)
    {
        var registers = hart.Registers;
        var number = op->Immediate;
        ulong before;
        switch (number)
        {
            case FloatFlags: before = registers->FloatFlags; break;
            case RoundingMode: before = registers->RoundingMode; break;
            case FloatControl: before = hart.FloatControl; break;
            case Cycle: before = registers->Cycles; break;
            case Time: before = (ulong)hart.Now / NanosecondsPerTick; break;
            case InstructionsRetired: before = retired; break;
            default: return false;
        }

        var isImmediate = op->Code >= Opcode.Csrrwi;
        var operand = isImmediate ? op->Rs1 : registers->X[op->Rs1];
        var isSwap = op->Code is Opcode.Csrrw or Opcode.Csrrwi;
        if (isSwap || op->Rs1 != 0)
        {
            var after = op->Code switch
            {
                Opcode.Csrrw or Opcode.Csrrwi => operand,
                Opcode.Csrrs or Opcode.Csrrsi => before | operand,
                _ => before & ~operand,
            };
            if (!TryWrite(hart, number, after))
            {
                return false;
            }
        }

        registers->X[op->Rd] = before;
        return true;
    }

    private static bool TryWrite(Hart hart, int number, ulong value)
    {
        switch (number)
        {
            case FloatFlags:
                hart.Registers->FloatFlags = (byte)(value & 0x1f);
                return true;
            case RoundingMode:
                hart.Registers->RoundingMode = (byte)(value & 7);
                return true;
            case FloatControl:
                hart.FloatControl = (uint)value;
                return true;
            default:
                // Numbers from 0xc00 on are read-only (bits 11:10 are 11).
                return false;
        }
    }
}
