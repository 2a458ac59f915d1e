using System.Numerics;

namespace Vee.Machines.Tests.FloatingPoint;

/// <summary>The magnitude Numerator / Denominator · 2^Exponent, or the square root of that; positive.</summary>
internal readonly record struct ExactMagnitude(
    BigInteger Numerator, BigInteger Denominator, int Exponent, bool IsRoot = false)
{
    /// <summary>Compares with factor · 2^exponent.</summary>
    internal int CompareTo(BigInteger factor, int exponent)
    {
        var right = (IsRoot ? factor * factor : factor) * Denominator;
        var rightExponent = IsRoot ? 2 * exponent : exponent;
        if (right.IsZero)
        {
            return 1;
        }

        var byLength = (Numerator.GetBitLength() + Exponent).CompareTo(right.GetBitLength() + rightExponent);
        if (byLength != 0)
        {
            return byLength;
        }

        var shift = Exponent - rightExponent;
        return shift >= 0
            ? (Numerator << shift).CompareTo(right)
            : Numerator.CompareTo(right << -shift);
    }

    /// <summary>This, times two to the power of an even number.</summary>
    internal ExactMagnitude Scale(int power) => this with { Exponent = Exponent + (IsRoot ? 2 * power : power) };
}
