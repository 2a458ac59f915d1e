using System.Numerics;
using Vee.Machines.Isa;

namespace Vee.Machines.Tests.Execution;

/// <summary>
/// What integer instructions compute, as sentences of the ISA manual on unbounded integers: operands and results
/// are exact, and only the last step cuts a result to its register.
/// </summary>
internal static class IntegerOracle
{
    private static readonly BigInteger Two64 = BigInteger.One << 64;

    /// <summary>Formulas of the signed operands: rs1 and rs2, rs1 and the immediate, or pc and the immediate.</summary>
    private static readonly Dictionary<Opcode, Func<BigInteger, BigInteger, BigInteger>> Formulas = new()
    {
        [Opcode.Lui] = (_, b) => b,
        [Opcode.Auipc] = (a, b) => a + b,
        [Opcode.Addi] = (a, b) => a + b,
        [Opcode.Slti] = (a, b) => Bit(a < b),
        [Opcode.Sltiu] = (a, b) => Bit(Unsigned(a, 64) < Unsigned(b, 64)),
        [Opcode.Xori] = (a, b) => a ^ b,
        [Opcode.Ori] = (a, b) => a | b,
        [Opcode.Andi] = (a, b) => a & b,
        [Opcode.Slli] = (a, b) => a * Power(b, 64),
        [Opcode.Srli] = (a, b) => Unsigned(a, 64) / Power(b, 64),
        [Opcode.Srai] = (a, b) => Floor(a, Power(b, 64)),
        [Opcode.Add] = (a, b) => a + b,
        [Opcode.Sub] = (a, b) => a - b,
        [Opcode.Sll] = (a, b) => a * Power(b, 64),
        [Opcode.Slt] = (a, b) => Bit(a < b),
        [Opcode.Sltu] = (a, b) => Bit(Unsigned(a, 64) < Unsigned(b, 64)),
        [Opcode.Xor] = (a, b) => a ^ b,
        [Opcode.Srl] = (a, b) => Unsigned(a, 64) / Power(b, 64),
        [Opcode.Sra] = (a, b) => Floor(a, Power(b, 64)),
        [Opcode.Or] = (a, b) => a | b,
        [Opcode.And] = (a, b) => a & b,
        [Opcode.Addiw] = (a, b) => Signed(a + b, 32),
        [Opcode.Slliw] = (a, b) => Signed(a * Power(b, 32), 32),
        [Opcode.Srliw] = (a, b) => Signed(Unsigned(a, 32) / Power(b, 32), 32),
        [Opcode.Sraiw] = (a, b) => Floor(Signed(a, 32), Power(b, 32)),
        [Opcode.Addw] = (a, b) => Signed(a + b, 32),
        [Opcode.Subw] = (a, b) => Signed(a - b, 32),
        [Opcode.Sllw] = (a, b) => Signed(a * Power(b, 32), 32),
        [Opcode.Srlw] = (a, b) => Signed(Unsigned(a, 32) / Power(b, 32), 32),
        [Opcode.Sraw] = (a, b) => Floor(Signed(a, 32), Power(b, 32)),

        [Opcode.Mul] = (a, b) => a * b,
        [Opcode.Mulh] = (a, b) => Floor(a * b, Two64),
        [Opcode.Mulhsu] = (a, b) => Floor(a * Unsigned(b, 64), Two64),
        [Opcode.Mulhu] = (a, b) => Floor(Unsigned(a, 64) * Unsigned(b, 64), Two64),
        [Opcode.Div] = Quotient,
        [Opcode.Divu] = (a, b) => Quotient(Unsigned(a, 64), Unsigned(b, 64)),
        [Opcode.Rem] = Remainder,
        [Opcode.Remu] = (a, b) => Remainder(Unsigned(a, 64), Unsigned(b, 64)),
        [Opcode.Mulw] = (a, b) => Signed(a * b, 32),
        [Opcode.Divw] = (a, b) => Signed(Quotient(Signed(a, 32), Signed(b, 32)), 32),
        [Opcode.Divuw] = (a, b) => Signed(Quotient(Unsigned(a, 32), Unsigned(b, 32)), 32),
        [Opcode.Remw] = (a, b) => Signed(Remainder(Signed(a, 32), Signed(b, 32)), 32),
        [Opcode.Remuw] = (a, b) => Signed(Remainder(Unsigned(a, 32), Unsigned(b, 32)), 32),
    };

    private static readonly Dictionary<Opcode, Func<BigInteger, BigInteger, bool>> Conditions = new()
    {
        [Opcode.Beq] = (a, b) => a == b,
        [Opcode.Bne] = (a, b) => a != b,
        [Opcode.Blt] = (a, b) => a < b,
        [Opcode.Bge] = (a, b) => a >= b,
        [Opcode.Bltu] = (a, b) => Unsigned(a, 64) < Unsigned(b, 64),
        [Opcode.Bgeu] = (a, b) => Unsigned(a, 64) >= Unsigned(b, 64),
    };

    /// <summary>Instructions whose only effect is a value in rd.</summary>
    internal static IEnumerable<Opcode> Opcodes => Formulas.Keys;

    internal static IEnumerable<Opcode> Branches => Conditions.Keys;

    /// <summary>Whether the second operand is the immediate.</summary>
    internal static bool HasImmediate(Opcode opcode) => opcode is
        Opcode.Lui or Opcode.Auipc or (>= Opcode.Addi and <= Opcode.Srai) or (>= Opcode.Addiw and <= Opcode.Sraiw);

    internal static ulong Evaluate(Opcode opcode, ulong first, ulong second) =>
        (ulong)Unsigned(Formulas[opcode]((long)first, (long)second), 64);

    internal static bool IsTaken(Opcode branch, ulong first, ulong second) =>
        Conditions[branch]((long)first, (long)second);

    internal static BigInteger Unsigned(BigInteger value, int bits)
    {
        var modulus = BigInteger.One << bits;
        return ((value % modulus) + modulus) % modulus;
    }

    internal static BigInteger Signed(BigInteger value, int bits)
    {
        var low = Unsigned(value, bits);
        return low >= BigInteger.One << (bits - 1) ? low - (BigInteger.One << bits) : low;
    }

    private static BigInteger Bit(bool value) => value ? 1 : 0;

    /// <summary>Two to the power of a shift amount, of which only the low bits count.</summary>
    private static BigInteger Power(BigInteger amount, int width) =>
        BigInteger.Pow(2, (int)Unsigned(amount, width == 64 ? 6 : 5));

    private static BigInteger Floor(BigInteger value, BigInteger divisor)
    {
        var quotient = BigInteger.DivRem(value, divisor, out var remainder);
        return remainder.Sign < 0 ? quotient - 1 : quotient;
    }

    // Manual, table "Semantics for division by zero and division overflow"; the overflow needs no rule here,
    // because the quotient 2^63 cut to its register is the dividend and the remainder is 0 anyway.
    private static BigInteger Quotient(BigInteger a, BigInteger b) => b.IsZero ? -1 : BigInteger.Divide(a, b);

    private static BigInteger Remainder(BigInteger a, BigInteger b) => b.IsZero ? a : BigInteger.Remainder(a, b);
}
