using System.Diagnostics;
using System.Runtime.CompilerServices;
using Vee.Machines.FloatingPoint;
using Vee.Machines.Harts;
using Vee.Machines.Isa;

namespace Vee.Machines.Execution;

/// <summary>Executes F and D instructions on a hart's registers. Source: ISA manual, "F" and "D" chapters.</summary>
/// <remarks>
/// JUSTIFICATION, SAFETY: as for <see cref="Interpreter{TSpace}"/>, whose operations it executes. Rd is a floating
/// point register (0..31) or, for moves, comparisons and conversions to integers, an integer one (0..32).
/// </remarks>
internal static unsafe class FloatUnit
{
    private const int DynamicRounding = 7;
    private const int RoundingModeMax = 4;

    /// <returns>False when the instruction rounds and its rounding mode is reserved: it is then illegal.</returns>
    internal static bool Execute(Operation* op, HartRegisters* r)
    {
        var mode = op->Immediate == DynamicRounding ? r->RoundingMode : op->Immediate;
        if (mode > RoundingModeMax)
        {
            return false;
        }

        var rounding = (RoundingMode)mode;
        ref var flags = ref Unsafe.As<byte, FloatFlags>(ref r->FloatFlags);
        if (op->Code >= Opcode.FmaddD)
        {
            ExecuteDouble(op, r, rounding, ref flags);
        }
        else
        {
            ExecuteSingle(op, r, rounding, ref flags);
        }

        return true;
    }

#pragma warning disable MA0051 // One case per instruction, in the manual's order.
    private static void ExecuteDouble(Operation* op, HartRegisters* r, RoundingMode rounding, ref FloatFlags flags)
    {
        const ulong sign = 1UL << 63;
        var a = r->F[op->Rs1];
        var b = r->F[op->Rs2];
        var f = r->F;
        var x = r->X;
        switch (op->Code)
        {
            case Opcode.FmaddD: f[op->Rd] = Float64.FusedMultiplyAdd(a, b, f[op->Rs3], rounding, ref flags); break;
            case Opcode.FmsubD: f[op->Rd] = Float64.FusedMultiplyAdd(a, b, f[op->Rs3] ^ sign, rounding,
                ref flags); break;
            case Opcode.FnmsubD: f[op->Rd] = Float64.FusedMultiplyAdd(a ^ sign, b, f[op->Rs3], rounding,
                ref flags); break;
            case Opcode.FnmaddD:
                f[op->Rd] = Float64.FusedMultiplyAdd(a ^ sign, b, f[op->Rs3] ^ sign, rounding, ref flags);
                break;
            case Opcode.FaddD: f[op->Rd] = Float64.Add(a, b, rounding, ref flags); break;
            case Opcode.FsubD: f[op->Rd] = Float64.Subtract(a, b, rounding, ref flags); break;
            case Opcode.FmulD: f[op->Rd] = Float64.Multiply(a, b, rounding, ref flags); break;
            case Opcode.FdivD: f[op->Rd] = Float64.Divide(a, b, rounding, ref flags); break;
            case Opcode.FsqrtD: f[op->Rd] = Float64.SquareRoot(a, rounding, ref flags); break;
            case Opcode.FsgnjD: f[op->Rd] = (a & ~sign) | (b & sign); break;
            case Opcode.FsgnjnD: f[op->Rd] = (a & ~sign) | (~b & sign); break;
            case Opcode.FsgnjxD: f[op->Rd] = a ^ (b & sign); break;
            case Opcode.FminD: f[op->Rd] = Float64.Minimum(a, b, ref flags); break;
            case Opcode.FmaxD: f[op->Rd] = Float64.Maximum(a, b, ref flags); break;
            case Opcode.FcvtSD: f[op->Rd] = NanBox.Box(Float64.ToFloat32(a, rounding, ref flags)); break;
            case Opcode.FcvtDS: f[op->Rd] = Float32.ToFloat64(NanBox.Unbox(a), ref flags); break;
            case Opcode.FeqD: x[op->Rd] = Float64.Equal(a, b, ref flags) ? 1UL : 0UL; break;
            case Opcode.FltD: x[op->Rd] = Float64.LessThan(a, b, ref flags) ? 1UL : 0UL; break;
            case Opcode.FleD: x[op->Rd] = Float64.LessOrEqual(a, b, ref flags) ? 1UL : 0UL; break;
            case Opcode.FclassD: x[op->Rd] = Float64.Classify(a); break;
            case Opcode.FcvtWD: x[op->Rd] = (ulong)Float64.ToInt32(a, rounding, ref flags); break;
            case Opcode.FcvtWuD: x[op->Rd] = (ulong)(int)Float64.ToUInt32(a, rounding, ref flags); break;
            case Opcode.FcvtDW: f[op->Rd] = Float64.FromInt32((int)x[op->Rs1]); break;
            case Opcode.FcvtDWu: f[op->Rd] = Float64.FromUInt32((uint)x[op->Rs1]); break;
            case Opcode.FcvtLD: x[op->Rd] = (ulong)Float64.ToInt64(a, rounding, ref flags); break;
            case Opcode.FcvtLuD: x[op->Rd] = Float64.ToUInt64(a, rounding, ref flags); break;
            case Opcode.FmvXD: x[op->Rd] = a; break;
            case Opcode.FcvtDL: f[op->Rd] = Float64.FromInt64((long)x[op->Rs1], rounding, ref flags); break;
            case Opcode.FcvtDLu: f[op->Rd] = Float64.FromUInt64(x[op->Rs1], rounding, ref flags); break;
            case Opcode.FmvDX: f[op->Rd] = x[op->Rs1]; break;
            default: throw new UnreachableException($"{op->Code} is no double-precision instruction.");
        }
    }

    private static void ExecuteSingle(Operation* op, HartRegisters* r, RoundingMode rounding, ref FloatFlags flags)
    {
        const uint sign = 1u << 31;
        var a = NanBox.Unbox(r->F[op->Rs1]);
        var b = NanBox.Unbox(r->F[op->Rs2]);
        var c = NanBox.Unbox(r->F[op->Rs3 & 31]);
        var f = r->F;
        var x = r->X;
        switch (op->Code)
        {
            case Opcode.FmaddS: f[op->Rd] = NanBox.Box(Float32.FusedMultiplyAdd(a, b, c, rounding, ref flags)); break;
            case Opcode.FmsubS: f[op->Rd] = NanBox.Box(Float32.FusedMultiplyAdd(a, b, c ^ sign, rounding,
                ref flags)); break;
            case Opcode.FnmsubS: f[op->Rd] = NanBox.Box(Float32.FusedMultiplyAdd(a ^ sign, b, c, rounding,
                ref flags)); break;
            case Opcode.FnmaddS:
                f[op->Rd] = NanBox.Box(Float32.FusedMultiplyAdd(a ^ sign, b, c ^ sign, rounding, ref flags));
                break;
            case Opcode.FaddS: f[op->Rd] = NanBox.Box(Float32.Add(a, b, rounding, ref flags)); break;
            case Opcode.FsubS: f[op->Rd] = NanBox.Box(Float32.Subtract(a, b, rounding, ref flags)); break;
            case Opcode.FmulS: f[op->Rd] = NanBox.Box(Float32.Multiply(a, b, rounding, ref flags)); break;
            case Opcode.FdivS: f[op->Rd] = NanBox.Box(Float32.Divide(a, b, rounding, ref flags)); break;
            case Opcode.FsqrtS: f[op->Rd] = NanBox.Box(Float32.SquareRoot(a, rounding, ref flags)); break;
            case Opcode.FsgnjS: f[op->Rd] = NanBox.Box((a & ~sign) | (b & sign)); break;
            case Opcode.FsgnjnS: f[op->Rd] = NanBox.Box((a & ~sign) | (~b & sign)); break;
            case Opcode.FsgnjxS: f[op->Rd] = NanBox.Box(a ^ (b & sign)); break;
            case Opcode.FminS: f[op->Rd] = NanBox.Box(Float32.Minimum(a, b, ref flags)); break;
            case Opcode.FmaxS: f[op->Rd] = NanBox.Box(Float32.Maximum(a, b, ref flags)); break;
            case Opcode.FcvtWS: x[op->Rd] = (ulong)Float32.ToInt32(a, rounding, ref flags); break;
            case Opcode.FcvtWuS: x[op->Rd] = (ulong)(int)Float32.ToUInt32(a, rounding, ref flags); break;
            case Opcode.FmvXW: x[op->Rd] = (ulong)(int)(uint)r->F[op->Rs1]; break;
            case Opcode.FeqS: x[op->Rd] = Float32.Equal(a, b, ref flags) ? 1UL : 0UL; break;
            case Opcode.FltS: x[op->Rd] = Float32.LessThan(a, b, ref flags) ? 1UL : 0UL; break;
            case Opcode.FleS: x[op->Rd] = Float32.LessOrEqual(a, b, ref flags) ? 1UL : 0UL; break;
            case Opcode.FclassS: x[op->Rd] = Float32.Classify(a); break;
            case Opcode.FcvtSW: f[op->Rd] = NanBox.Box(Float32.FromInt32((int)x[op->Rs1], rounding, ref flags)); break;
            case Opcode.FcvtSWu: f[op->Rd] = NanBox.Box(Float32.FromUInt32((uint)x[op->Rs1], rounding,
                ref flags)); break;
            case Opcode.FmvWX: f[op->Rd] = NanBox.Box((uint)x[op->Rs1]); break;
            case Opcode.FcvtLS: x[op->Rd] = (ulong)Float32.ToInt64(a, rounding, ref flags); break;
            case Opcode.FcvtLuS: x[op->Rd] = Float32.ToUInt64(a, rounding, ref flags); break;
            case Opcode.FcvtSL: f[op->Rd] = NanBox.Box(Float32.FromInt64((long)x[op->Rs1], rounding, ref flags)); break;
            case Opcode.FcvtSLu: f[op->Rd] = NanBox.Box(Float32.FromUInt64(x[op->Rs1], rounding, ref flags)); break;
            default: throw new UnreachableException($"{op->Code} is no single-precision instruction.");
        }
    }
#pragma warning restore MA0051
}
