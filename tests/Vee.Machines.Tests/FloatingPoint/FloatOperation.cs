using System.Globalization;
using Vee.Machines.FloatingPoint;

namespace Vee.Machines.Tests.FloatingPoint;

/// <summary>Every operation of the module, so that tests can run over all of them.</summary>
public enum FloatOperation
{
    Add,
    Subtract,
    Multiply,
    Divide,
    SquareRoot,
    FusedMultiplyAdd,
    Minimum,
    Maximum,
    Equal,
    LessThan,
    LessOrEqual,
    Classify,
    ToInt32,
    ToUInt32,
    ToInt64,
    ToUInt64,
    FromInt32,
    FromUInt32,
    FromInt64,
    FromUInt64,
    ToOtherFormat,
}

/// <summary>What an operation delivers: an encoding, truth value or integer in 64 bits, and its flags.</summary>
internal readonly record struct Outcome(ulong Value, FloatFlags Flags)
{
    public override string ToString() => $"{Value:x16} [{Flags}]";
}

/// <summary>One application of an operation to encodings or, for conversions from integers, to an integer.</summary>
internal readonly record struct FloatCase(
    FloatOperation Operation, bool Double, ulong A, ulong B, ulong C, RoundingMode Mode)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Operation}.{(Double ? 'D' : 'S')} {A:x16} {B:x16} {C:x16} {Mode}");

    /// <summary>The module's answer: <see cref="Float64"/> or <see cref="Float32"/>.</summary>
    internal Outcome Run(FloatFlags before = FloatFlags.None)
    {
        var flags = before;
        var value = Double ? RunDouble(ref flags) : RunSingle(ref flags);
        return new Outcome(value, flags);
    }

    /// <summary>The answer of <see cref="SoftFloat{TFormat}"/>.</summary>
    internal Outcome RunSoftware(FloatFlags before = FloatFlags.None)
    {
        var flags = before;
        var value = Double
            ? RunSoftware<Binary64, Binary32>(ref flags)
            : RunSoftware<Binary32, Binary64>(ref flags);
        return new Outcome(value, flags);
    }

    private ulong RunDouble(ref FloatFlags flags) => Operation switch
    {
        FloatOperation.Add => Float64.Add(A, B, Mode, ref flags),
        FloatOperation.Subtract => Float64.Subtract(A, B, Mode, ref flags),
        FloatOperation.Multiply => Float64.Multiply(A, B, Mode, ref flags),
        FloatOperation.Divide => Float64.Divide(A, B, Mode, ref flags),
        FloatOperation.SquareRoot => Float64.SquareRoot(A, Mode, ref flags),
        FloatOperation.FusedMultiplyAdd => Float64.FusedMultiplyAdd(A, B, C, Mode, ref flags),
        FloatOperation.Minimum => Float64.Minimum(A, B, ref flags),
        FloatOperation.Maximum => Float64.Maximum(A, B, ref flags),
        FloatOperation.Equal => Float64.Equal(A, B, ref flags) ? 1UL : 0,
        FloatOperation.LessThan => Float64.LessThan(A, B, ref flags) ? 1UL : 0,
        FloatOperation.LessOrEqual => Float64.LessOrEqual(A, B, ref flags) ? 1UL : 0,
        FloatOperation.Classify => Float64.Classify(A),
        FloatOperation.ToInt32 => (ulong)Float64.ToInt32(A, Mode, ref flags),
        FloatOperation.ToUInt32 => Float64.ToUInt32(A, Mode, ref flags),
        FloatOperation.ToInt64 => (ulong)Float64.ToInt64(A, Mode, ref flags),
        FloatOperation.ToUInt64 => Float64.ToUInt64(A, Mode, ref flags),
        FloatOperation.FromInt32 => Float64.FromInt32((int)A),
        FloatOperation.FromUInt32 => Float64.FromUInt32((uint)A),
        FloatOperation.FromInt64 => Float64.FromInt64((long)A, Mode, ref flags),
        FloatOperation.FromUInt64 => Float64.FromUInt64(A, Mode, ref flags),
        FloatOperation.ToOtherFormat => Float64.ToFloat32(A, Mode, ref flags),
        _ => throw new InvalidOperationException($"{Operation} is unknown."),
    };

    private ulong RunSingle(ref FloatFlags flags)
    {
        var a = (uint)A;
        var b = (uint)B;
        return Operation switch
        {
            FloatOperation.Add => Float32.Add(a, b, Mode, ref flags),
            FloatOperation.Subtract => Float32.Subtract(a, b, Mode, ref flags),
            FloatOperation.Multiply => Float32.Multiply(a, b, Mode, ref flags),
            FloatOperation.Divide => Float32.Divide(a, b, Mode, ref flags),
            FloatOperation.SquareRoot => Float32.SquareRoot(a, Mode, ref flags),
            FloatOperation.FusedMultiplyAdd => Float32.FusedMultiplyAdd(a, b, (uint)C, Mode, ref flags),
            FloatOperation.Minimum => Float32.Minimum(a, b, ref flags),
            FloatOperation.Maximum => Float32.Maximum(a, b, ref flags),
            FloatOperation.Equal => Float32.Equal(a, b, ref flags) ? 1UL : 0,
            FloatOperation.LessThan => Float32.LessThan(a, b, ref flags) ? 1UL : 0,
            FloatOperation.LessOrEqual => Float32.LessOrEqual(a, b, ref flags) ? 1UL : 0,
            FloatOperation.Classify => Float32.Classify(a),
            FloatOperation.ToInt32 => (ulong)Float32.ToInt32(a, Mode, ref flags),
            FloatOperation.ToUInt32 => Float32.ToUInt32(a, Mode, ref flags),
            FloatOperation.ToInt64 => (ulong)Float32.ToInt64(a, Mode, ref flags),
            FloatOperation.ToUInt64 => Float32.ToUInt64(a, Mode, ref flags),
            FloatOperation.FromInt32 => Float32.FromInt32((int)A, Mode, ref flags),
            FloatOperation.FromUInt32 => Float32.FromUInt32(a, Mode, ref flags),
            FloatOperation.FromInt64 => Float32.FromInt64((long)A, Mode, ref flags),
            FloatOperation.FromUInt64 => Float32.FromUInt64(A, Mode, ref flags),
            FloatOperation.ToOtherFormat => Float32.ToFloat64(a, ref flags),
            _ => throw new InvalidOperationException($"{Operation} is unknown."),
        };
    }

    private ulong RunSoftware<TFormat, TOther>(ref FloatFlags flags)
        where TFormat : struct, IFloatFormat
        where TOther : struct, IFloatFormat => Operation switch
    {
        FloatOperation.Add => SoftFloat<TFormat>.Add(A, B, Mode, ref flags),
        FloatOperation.Subtract => SoftFloat<TFormat>.Subtract(A, B, Mode, ref flags),
        FloatOperation.Multiply => SoftFloat<TFormat>.Multiply(A, B, Mode, ref flags),
        FloatOperation.Divide => SoftFloat<TFormat>.Divide(A, B, Mode, ref flags),
        FloatOperation.SquareRoot => SoftFloat<TFormat>.SquareRoot(A, Mode, ref flags),
        FloatOperation.FusedMultiplyAdd => SoftFloat<TFormat>.FusedMultiplyAdd(A, B, C, Mode, ref flags),
        FloatOperation.Minimum => SoftFloat<TFormat>.Minimum(A, B, ref flags),
        FloatOperation.Maximum => SoftFloat<TFormat>.Maximum(A, B, ref flags),
        FloatOperation.Equal => SoftFloat<TFormat>.Equal(A, B, ref flags) ? 1UL : 0,
        FloatOperation.LessThan => SoftFloat<TFormat>.LessThan(A, B, ref flags) ? 1UL : 0,
        FloatOperation.LessOrEqual => SoftFloat<TFormat>.LessOrEqual(A, B, ref flags) ? 1UL : 0,
        FloatOperation.Classify => SoftFloat<TFormat>.Classify(A),
        FloatOperation.ToInt32 => (ulong)SoftFloat<TFormat>.ToInt32(A, Mode, ref flags),
        FloatOperation.ToUInt32 => SoftFloat<TFormat>.ToUInt32(A, Mode, ref flags),
        FloatOperation.ToInt64 => (ulong)SoftFloat<TFormat>.ToInt64(A, Mode, ref flags),
        FloatOperation.ToUInt64 => SoftFloat<TFormat>.ToUInt64(A, Mode, ref flags),
        FloatOperation.FromInt32 => SoftFloat<TFormat>.FromInt64((int)A, Mode, ref flags),
        FloatOperation.FromUInt32 => SoftFloat<TFormat>.FromUInt64((uint)A, Mode, ref flags),
        FloatOperation.FromInt64 => SoftFloat<TFormat>.FromInt64((long)A, Mode, ref flags),
        FloatOperation.FromUInt64 => SoftFloat<TFormat>.FromUInt64(A, Mode, ref flags),
        FloatOperation.ToOtherFormat => SoftFloat<TFormat>.To<TOther>(A, Mode, ref flags),
        _ => throw new InvalidOperationException($"{Operation} is unknown."),
    };
}
