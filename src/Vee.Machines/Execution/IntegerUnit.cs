using System.Diagnostics;
using Vee.Machines.Isa;

namespace Vee.Machines.Execution;

/// <summary>
/// The slower half of multiplication and all division: nothing traps, division by zero gives all ones and the
/// dividend as remainder, and the one overflow gives the dividend and 0. Source: ISA manual, "M" chapter.
/// </summary>
internal static class IntegerUnit
{
    internal static ulong Execute(Opcode opcode, ulong left, ulong right) => opcode switch
    {
        Opcode.Mulh => (ulong)Math.BigMul((long)left, (long)right, out _),
        Opcode.Mulhsu => Math.BigMul(left, right, out _) - ((long)left < 0 ? right : 0),
        Opcode.Div => (ulong)Divide((long)left, (long)right),
        Opcode.Divu => right == 0 ? ulong.MaxValue : left / right,
        Opcode.Rem => (ulong)Remainder((long)left, (long)right),
        Opcode.Remu => right == 0 ? left : left % right,
        Opcode.Divw => (ulong)(int)Divide((int)left, (int)right),
        Opcode.Divuw => (ulong)(int)((uint)right == 0 ? uint.MaxValue : (uint)left / (uint)right),
        Opcode.Remw => (ulong)(int)Remainder((int)left, (int)right),
        Opcode.Remuw => (ulong)(int)((uint)right == 0 ? (uint)left : (uint)left % (uint)right),
        _ => throw new UnreachableException($"{opcode} is no multiplication or division."),
    };

    // The host would trap on the most negative number divided by -1; negation wraps to what RISC-V wants.
    private static long Divide(long left, long right) => right switch
    {
        0 => -1,
        -1 => -left,
        _ => left / right,
    };

    private static long Remainder(long left, long right) => right switch
    {
        0 => left,
        -1 => 0,
        _ => left % right,
    };
}
