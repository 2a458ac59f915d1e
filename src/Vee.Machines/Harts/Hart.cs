using System.Runtime.InteropServices;
using Vee.Machines.State;

namespace Vee.Machines.Harts;

/// <summary>One hardware thread: registers, counters and the LR/SC reservation.</summary>
/// <remarks>Owned by one thread at a time; nothing here is synchronised.</remarks>
public sealed unsafe class Hart : IDisposable
{
    // JUSTIFICATION (3): an engine addresses registers by decoded index on every instruction, without a bounds
    // check. SAFETY: decoders produce indices 0..32 only; the block lives until Dispose.
    private HartRegisters* registers;

    // Virtual time is kept as an anchor and the cycles since, so that it is exact however it is asked for.
    private long anchorTime;
    private ulong anchorCycles;

    /// <summary>Creates a hart with all registers zero, at virtual time 0.</summary>
    /// <param name="index">Which hart of its machine this is, from 0.</param>
    /// <param name="costs">What its instructions cost.</param>
    public Hart(int index, CostModel costs)
    {
        Index = index;
        Costs = costs;
        registers = (HartRegisters*)NativeMemory.AlignedAlloc((nuint)sizeof(HartRegisters), 64);
        *registers = default;
        registers->ReservationAddress = HartRegisters.NoReservation;
    }

    /// <summary>Which hart of its machine this is, from 0.</summary>
    public int Index { get; }

    /// <summary>What its instructions cost, and how long a cycle is.</summary>
    public CostModel Costs { get; private set; }

    /// <summary>The hart's virtual time in nanoseconds: cycles divided by frequency, plus the time it idled.</summary>
    public long Now => anchorTime
        + (long)((UInt128)(Registers->Cycles - anchorCycles) * 1_000_000_000 / Costs.FrequencyHertz);

    /// <summary>The address of the next instruction.</summary>
    public ulong Pc
    {
        get => Registers->Pc;
        set => Registers->Pc = value;
    }

    /// <summary>Instructions executed since reset.</summary>
    public ulong Retired => Registers->Retired;

    /// <summary>Cycles charged since reset.</summary>
    public ulong Cycles => Registers->Cycles;

    internal HartRegisters* Registers
    {
        get
        {
            ObjectDisposedException.ThrowIf(registers is null, this);
            return registers;
        }
    }

    /// <summary>Reads integer register x<paramref name="index"/>, 0..31.</summary>
    public ulong GetX(int index) => Registers->X[Checked(index)];

    /// <summary>Writes integer register x<paramref name="index"/>, 0..31; writes to x0 are discarded.</summary>
    public void SetX(int index, ulong value)
    {
        if (Checked(index) != 0)
        {
            Registers->X[index] = value;
        }
    }

    /// <summary>Reads the raw bits of f<paramref name="index"/>, 0..31.</summary>
    public ulong GetF(int index) => Registers->F[Checked(index)];

    /// <summary>Writes the raw bits of f<paramref name="index"/>, 0..31.</summary>
    public void SetF(int index, ulong value) => Registers->F[Checked(index)] = value;

    /// <summary>fcsr: rounding mode in bits 5..7, flags in bits 0..4 (ISA manual, "F" chapter).</summary>
    public uint FloatControl
    {
        get => (uint)(Registers->RoundingMode << 5 | Registers->FloatFlags);
        set
        {
            Registers->FloatFlags = (byte)(value & 0x1f);
            Registers->RoundingMode = (byte)(value >> 5 & 7);
        }
    }

    /// <summary>Forgets the LR reservation, as a trap return does.</summary>
    public void ClearReservation() => Registers->ReservationAddress = HartRegisters.NoReservation;

    /// <summary>Charges cycles that no instruction accounts for, such as a system call's.</summary>
    public void Charge(ulong cycles) => Registers->Cycles += cycles;

    /// <summary>Lets an idle hart's time pass up to <paramref name="time"/>; it never goes back.</summary>
    public void AdvanceTo(long time)
    {
        if (time > Now)
        {
            anchorTime = time;
            anchorCycles = Registers->Cycles;
        }
    }

    /// <summary>Cycles that still end by a time; 0 when there is none.</summary>
    /// <remarks>From the anchor, not from <see cref="Now"/>, which is rounded: how a stretch is cut changes nothing.
    /// </remarks>
    internal long CyclesUntil(long time)
    {
        var all = (Int128)Math.Max(0, time - anchorTime) * (Int128)Costs.FrequencyHertz / 1_000_000_000;
        return (long)Int128.Clamp(all - (Int128)(Registers->Cycles - anchorCycles), 0, long.MaxValue);
    }

    /// <summary>Charges and clocks it anew from here on, as when it goes on on another core.</summary>
    internal void SetCosts(CostModel costs)
    {
        if (costs.FrequencyHertz != Costs.FrequencyHertz)
        {
            anchorTime = Now;
            anchorCycles = Registers->Cycles;
        }

        Costs = costs;
    }

    /// <summary>Copies pc, x1..x31, f0..f31 and fcsr out, as a context switch does.</summary>
    internal void SaveContext(HartContext context)
    {
        context.Pc = Registers->Pc;
        new ReadOnlySpan<ulong>(Registers->X, 32).CopyTo(context.X);
        new ReadOnlySpan<ulong>(Registers->F, 32).CopyTo(context.F);
        context.FloatControl = FloatControl;
    }

    /// <summary>The inverse of <see cref="SaveContext"/>; forgets the reservation.</summary>
    internal void LoadContext(HartContext context)
    {
        Registers->Pc = context.Pc;
        context.X.CopyTo(new Span<ulong>(Registers->X, 32));
        Registers->X[0] = 0;
        context.F.CopyTo(new Span<ulong>(Registers->F, 32));
        FloatControl = context.FloatControl;
        ClearReservation();
    }

    /// <summary>Frees the registers.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(registers);
        registers = null;
    }

    internal void Save(StateWriter state)
    {
        state.UInt64("pc", Registers->Pc);
        state.Bytes("x", new ReadOnlySpan<byte>(Registers->X, 32 * sizeof(ulong)));
        state.Bytes("f", new ReadOnlySpan<byte>(Registers->F, 32 * sizeof(ulong)));
        state.UInt64("fcsr", FloatControl);
        state.UInt64("retired", Registers->Retired);
        state.UInt64("cycles", Registers->Cycles);
        state.UInt64("frequencyHertz", Costs.FrequencyHertz);
        state.Int64("anchorTime", anchorTime);
        state.UInt64("anchorCycles", anchorCycles);
        state.UInt64("reservationAddress", Registers->ReservationAddress);
        state.UInt64("reservationValue", Registers->ReservationValue);
    }

    internal void Restore(StateReader state)
    {
        Registers->Pc = state.UInt64("pc");
        state.Bytes("x", new Span<byte>(Registers->X, 32 * sizeof(ulong)));
        if (Registers->X[0] != 0)
        {
            throw state.Refuse("x", "x0 is not zero");
        }

        state.Bytes("f", new Span<byte>(Registers->F, 32 * sizeof(ulong)));
        FloatControl = (uint)state.UInt64("fcsr", 0xff);
        Registers->Retired = state.UInt64("retired");
        Registers->Cycles = state.UInt64("cycles");
        var frequency = state.UInt64("frequencyHertz", CostModel.FrequencyMax);
        Costs = frequency >= CostModel.FrequencyMin
            ? Costs.At(frequency) : throw state.Refuse("frequencyHertz", $"{frequency} Hz");
        anchorTime = state.Int64("anchorTime", 0);
        anchorCycles = state.UInt64("anchorCycles", Registers->Cycles);
        Registers->ReservationAddress = state.UInt64("reservationAddress");
        Registers->ReservationValue = state.UInt64("reservationValue");
    }

    private static int Checked(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)index, 31u);
        return index;
    }
}

/// <summary>The registers of a thread that is on no hart.</summary>
internal sealed class HartContext
{
    internal ulong Pc { get; set; }

    internal ulong[] X { get; } = new ulong[32];

    internal ulong[] F { get; } = new ulong[32];

    internal uint FloatControl { get; set; }

    internal void Save(StateWriter state)
    {
        state.UInt64("pc", Pc);
        state.Bytes("x", MemoryMarshal.AsBytes(X.AsSpan()));
        state.Bytes("f", MemoryMarshal.AsBytes(F.AsSpan()));
        state.UInt64("fcsr", FloatControl);
    }

    internal void Restore(StateReader state)
    {
        Pc = state.UInt64("pc");
        state.Bytes("x", MemoryMarshal.AsBytes(X.AsSpan()));
        state.Bytes("f", MemoryMarshal.AsBytes(F.AsSpan()));
        FloatControl = (uint)state.UInt64("fcsr", 0xff);
    }
}
