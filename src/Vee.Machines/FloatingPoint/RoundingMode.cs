namespace Vee.Machines.FloatingPoint;

/// <summary>How a result between two representable values is rounded.</summary>
/// <remarks>
/// Values are the rm encodings of the RISC-V unprivileged ISA, chapter "F", "Floating-Point Control and Status
/// Register". Encodings 5 and 6 are reserved and 7 names the dynamic mode: callers resolve those beforehand.
/// </remarks>
public enum RoundingMode : byte
{
    /// <summary>RNE: to the nearest value, ties to the one with an even significand.</summary>
    NearestEven = 0,

    /// <summary>RTZ: towards zero.</summary>
    TowardZero = 1,

    /// <summary>RDN: towards negative infinity.</summary>
    Down = 2,

    /// <summary>RUP: towards positive infinity.</summary>
    Up = 3,

    /// <summary>RMM: to the nearest value, ties away from zero.</summary>
    NearestMaxMagnitude = 4,
}
