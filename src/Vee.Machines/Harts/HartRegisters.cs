using System.Runtime.InteropServices;

namespace Vee.Machines.Harts;

/// <summary>
/// The architectural registers of a hart, at fixed offsets in unmanaged memory so that an engine, and later
/// translated code, reaches them from one base pointer.
/// </summary>
/// <remarks>JUSTIFICATION, SAFETY: see <see cref="Hart"/>, which owns the only instances.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HartRegisters
{
    /// <summary>Where decoded instructions write what x0 discards.</summary>
    internal const int Discard = 32;

    /// <summary>x0..x31, then the discard slot; x[0] is always 0.</summary>
    internal fixed ulong X[33];

    /// <summary>f0..f31, raw bits; single precision values are NaN-boxed.</summary>
    internal fixed ulong F[32];

    /// <summary>The address of the next instruction.</summary>
    internal ulong Pc;

    /// <summary>
    /// Instructions executed since reset, ECALL included; others that trapped, EBREAK among them, are not.
    /// </summary>
    internal ulong Retired;

    /// <summary>Cycles charged since reset, by the cost model.</summary>
    internal ulong Cycles;

    /// <summary>The address of the last LR; <see cref="NoReservation"/> when there is none.</summary>
    internal ulong ReservationAddress;

    /// <summary>What the last LR loaded.</summary>
    internal ulong ReservationValue;

    /// <summary>Accrued exception flags, fflags of fcsr.</summary>
    internal byte FloatFlags;

    /// <summary>Dynamic rounding mode, frm of fcsr: 0..7 as written; 5..7 make dynamic operations illegal.</summary>
    internal byte RoundingMode;

    /// <summary>No address: LR/SC addresses are aligned, so this one never matches.</summary>
    internal const ulong NoReservation = ulong.MaxValue;
}
