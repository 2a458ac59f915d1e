namespace Vee.Machines.Tests.FloatingPoint;

/// <summary>Random encodings with a preference for what goes wrong: limits, ties, cancellation, underflow.</summary>
internal sealed class OperandSource(bool isDouble, int seed)
{
    private readonly Random random = new(seed);
    private readonly int fractionBits = isDouble ? 52 : 23;
    private readonly int bias = isDouble ? 1023 : 127;

    private ulong FractionMask => (1UL << fractionBits) - 1;

    private int FieldMax => (2 * bias) + 1;

    private ulong Encode(bool negative, int field, ulong fraction)
    {
        var magnitude = ((ulong)Math.Clamp(field, 0, FieldMax) << fractionBits) | (fraction & FractionMask);
        return negative ? magnitude | (1UL << (isDouble ? 63 : 31)) : magnitude;
    }

    /// <summary>Limits of the format and of integers, and their neighbours, of both signs.</summary>
    internal static ulong[] Landmarks(bool isDouble)
    {
        var source = new OperandSource(isDouble, 0);
        List<ulong> magnitudes = [0, 1, 2, source.FractionMask, source.FractionMask - 1];
        magnitudes.Add(source.Encode(false, source.FieldMax, 0));
        magnitudes.Add(source.Encode(false, source.FieldMax, 1));
        magnitudes.Add(source.Encode(false, source.FieldMax, source.FractionMask));
        magnitudes.Add(source.Encode(false, source.FieldMax, (source.FractionMask >> 1) + 1));
        magnitudes.Add(source.Encode(false, source.FieldMax - 1, source.FractionMask));
        magnitudes.Add(source.Encode(false, source.FieldMax - 1, 0));
        magnitudes.Add(source.Encode(false, 1, 0));
        magnitudes.Add(source.Encode(false, 1, 1));
        magnitudes.Add(source.Encode(false, 2, 0));
        magnitudes.Add(source.Encode(false, source.bias, (source.FractionMask >> 1) + 1));
        foreach (var exponent in (int[])[0, -1, 1, source.fractionBits, source.fractionBits + 1, 31, 32, 63, 64])
        {
            var power = source.Encode(false, source.bias + exponent, 0);
            magnitudes.AddRange([power - 1, power, power + 1]);
        }

        var sign = source.Encode(true, 0, 0);
        return [.. magnitudes.Distinct(), .. magnitudes.Distinct().Select(m => m | sign)];
    }

    /// <summary>An operand of any class.</summary>
    internal ulong Next() => random.Next(8) switch
    {
        0 => Encode(NextBool(), random.Next(FieldMax + 1), NextFraction()),
        1 => Encode(NextBool(), random.Next(3), NextFraction()),
        2 => Encode(NextBool(), FieldMax - random.Next(3), NextFraction()),
        3 => Encode(NextBool(), bias + random.Next(-2, 67), NextFraction()),
        4 => NextBool() ? Encode(NextBool(), 0, 0) : Encode(NextBool(), FieldMax, NextFraction()),
        _ => Encode(NextBool(), bias + random.Next(-8, 8), NextFraction()),
    };

    /// <summary>An operand that has something to do with another one.</summary>
    internal ulong Next(ulong other)
    {
        var field = FieldOf(other);
        return random.Next(8) switch
        {
            // Close exponents, for sums and quotients near one.
            0 => Encode(NextBool(), field + random.Next(-3, 4), NextFraction()),
            1 => Encode(NextBool(), field + random.Next(-fractionBits - 3, fractionBits + 4), NextFraction()),

            // A product at the edge of the subnormals or of overflow, and a quotient there.
            2 => Encode(NextBool(), bias - field + random.Next(-2, 4), NextFraction()),
            3 => Encode(NextBool(), bias - field - random.Next(fractionBits + 3), NextFraction()),
            4 => Encode(NextBool(), (3 * bias) - field + random.Next(-3, 3), NextFraction()),
            5 => Encode(NextBool(), field + bias + random.Next(-3, fractionBits + 3), NextFraction()),

            // Nearly the same number, or nearly its negative.
            6 => Encode(NextBool(), field, other + (ulong)random.Next(-3, 4)),
            _ => Next(),
        };
    }

    /// <summary>A summand for the product of two operands: of any size, or such that much of it cancels.</summary>
    internal ulong Next(ulong a, ulong b)
    {
        var field = FieldOf(a) + FieldOf(b) - bias;
        return random.Next(6) switch
        {
            0 => Encode(NextBool(), field + random.Next(-4, 5), NextFraction()),
            1 => Encode(NextBool(), field + random.Next(-2 * fractionBits, 2 * fractionBits), NextFraction()),
            2 or 3 => NearNegatedProduct(a, b),
            4 => Next(a),
            _ => Next(),
        };
    }

    private ulong NearNegatedProduct(ulong a, ulong b)
    {
        var product = isDouble
            ? BitConverter.DoubleToUInt64Bits(-BitConverter.UInt64BitsToDouble(a) * BitConverter.UInt64BitsToDouble(b))
            : BitConverter.SingleToUInt32Bits(
                -BitConverter.UInt32BitsToSingle((uint)a) * BitConverter.UInt32BitsToSingle((uint)b));
        var moved = product + (ulong)random.Next(-2, 3);
        return isDouble ? moved : (uint)moved;
    }

    /// <summary>An integer, in the low bits, of any length and with few or many significant bits.</summary>
    internal ulong NextInteger()
    {
        var value = NextSparse() >> random.Next(64);
        return NextBool() ? value : 0 - value;
    }

    private int FieldOf(ulong bits) => (int)(bits >> fractionBits) & FieldMax;

    private bool NextBool() => random.Next(2) == 0;

    private ulong NextFraction() => random.Next(4) switch
    {
        0 => NextSparse() >> random.Next(64 - fractionBits, 64),
        1 => ~(NextSparse() >> random.Next(64 - fractionBits, 64)),
        2 => NextSparse() >> (64 - fractionBits),
        _ => NextBits(),
    };

    /// <summary>Few set bits or long runs of them, which is what ties are made of; sometimes any bits.</summary>
    private ulong NextSparse() => random.Next(4) switch
    {
        0 => NextBits(),
        1 => (1UL << random.Next(64)) | (1UL << random.Next(64)) | (1UL << random.Next(64)),
        2 => (ulong.MaxValue << random.Next(64)) ^ (1UL << random.Next(64)),
        _ => ulong.MaxValue << random.Next(64),
    };

    private ulong NextBits() => (ulong)random.NextInt64(long.MinValue, long.MaxValue);

    /// <summary>A case of an operation with operands that suit it.</summary>
    internal FloatCase NextCase(FloatOperation operation, Vee.Machines.FloatingPoint.RoundingMode mode)
    {
        if (operation is >= FloatOperation.FromInt32 and <= FloatOperation.FromUInt64)
        {
            return new FloatCase(operation, isDouble, NextInteger(), 0, 0, mode);
        }

        var a = Next();
        var b = Next(a);
        return new FloatCase(operation, isDouble, a, b, Next(a, b), mode);
    }
}
