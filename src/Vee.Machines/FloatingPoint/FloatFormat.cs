namespace Vee.Machines.FloatingPoint;

/// <summary>
/// The two numbers that define an IEEE 754 binary interchange format; everything else follows from them.
/// </summary>
/// <remarks>
/// Source: IEEE 754-2019, clause 3.4 and table 3.5. Implementations are structs, so that the JIT compiles
/// <see cref="SoftFloat{TFormat}"/> once per format with these numbers as constants.
/// </remarks>
internal interface IFloatFormat
{
    /// <summary>Bits of a normal significand, the implicit leading one included: p of IEEE 754.</summary>
    static abstract int Precision { get; }

    /// <summary>Bits of the biased exponent field: w of IEEE 754.</summary>
    static abstract int ExponentBits { get; }
}

/// <summary>Single precision, the format of the "F" extension.</summary>
internal readonly struct Binary32 : IFloatFormat
{
    /// <inheritdoc/>
    public static int Precision => 24;

    /// <inheritdoc/>
    public static int ExponentBits => 8;
}

/// <summary>Double precision, the format of the "D" extension.</summary>
internal readonly struct Binary64 : IFloatFormat
{
    /// <inheritdoc/>
    public static int Precision => 53;

    /// <inheritdoc/>
    public static int ExponentBits => 11;
}
