namespace Vee.Machines.FloatingPoint;

/// <summary>Keeps single-precision values in the 64-bit registers that the "D" extension makes of f0 to f31.</summary>
/// <remarks>Source: RISC-V unprivileged ISA, chapter "D", "NaN Boxing of Narrower Values".</remarks>
internal static class NanBox
{
    private const ulong UpperOnes = 0xffff_ffff_0000_0000;
    private const uint CanonicalNaN = 0x7fc0_0000;

    /// <summary>The register that holds a single: all upper bits are one, so as a double it is a NaN.</summary>
    internal static ulong Box(uint bits) => UpperOnes | bits;

    /// <summary>The single in a register; the canonical NaN if there is no boxed single in it.</summary>
    internal static uint Unbox(ulong register) => register >= UpperOnes ? (uint)register : CanonicalNaN;
}
