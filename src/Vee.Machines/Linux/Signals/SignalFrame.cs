using System.Buffers.Binary;
using Vee.Machines.Harts;

namespace Vee.Machines.Linux.Signals;

/// <summary>
/// The stack frame that a signal handler finds, and that rt_sigreturn takes the registers from: siginfo_t, then
/// ucontext_t. Source: Linux, struct rt_sigframe, ucontext and sigcontext of riscv64.
/// </summary>
internal static class SignalFrame
{
    internal const int Bytes = InfoBytes + ContextBytes;

    /// <summary>Offset of ucontext_t, which the handler's third argument points to.</summary>
    internal const int ContextOffset = InfoBytes;

    private const int InfoBytes = 128;
    private const int StackOffset = ContextOffset + 16;
    private const int MaskOffset = ContextOffset + 40;
    private const int PcOffset = ContextOffset + 176;
    private const int FloatOffset = PcOffset + 32 * sizeof(ulong);
    private const int FloatControlOffset = FloatOffset + 32 * sizeof(ulong);

    // The union of floating-point states is as large as the quad-precision one.
    private const int ContextBytes = 176 + 32 * sizeof(ulong) + 528;

    /// <summary>siginfo_t of a signal.</summary>
    internal static void WriteInfo(Span<byte> destination, in SignalInfo info)
    {
        destination[..InfoBytes].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(destination, info.Number);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], info.Error);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], info.Code);
        if (info.Code == SignalCodes.Timer)
        {
            BinaryPrimitives.WriteInt32LittleEndian(destination[16..], info.Timer);
            BinaryPrimitives.WriteInt32LittleEndian(destination[20..], info.Overrun);
            BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], info.Value);
        }
        else if (info.Code > 0 && info.Code != SignalCodes.Kernel)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], info.Value);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(destination[16..], info.SenderProcess);
            BinaryPrimitives.WriteInt32LittleEndian(destination[20..], info.SenderUser);
            BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], info.Value);
        }
    }

    /// <summary>Fills a frame with the hart's registers.</summary>
    internal static void Write(Span<byte> frame, in SignalInfo info, Hart hart, ThreadSignals signals, ulong mask)
    {
        frame.Clear();
        WriteInfo(frame, info);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[StackOffset..], signals.AlternateStack);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[(StackOffset + 8)..], signals.AlternateStackFlags);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[(StackOffset + 16)..], signals.AlternateStackBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[MaskOffset..], mask);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[PcOffset..], hart.Pc);
        for (var index = 1; index < 32; index++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(frame[(PcOffset + index * sizeof(ulong))..], hart.GetX(index));
        }

        for (var index = 0; index < 32; index++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(frame[(FloatOffset + index * sizeof(ulong))..], hart.GetF(index));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(frame[FloatControlOffset..], hart.FloatControl);
    }

    /// <summary>Takes the registers back from a frame, which the handler may have changed.</summary>
    internal static void Read(ReadOnlySpan<byte> frame, Hart hart, out ulong mask)
    {
        mask = BinaryPrimitives.ReadUInt64LittleEndian(frame[MaskOffset..]);
        hart.Pc = BinaryPrimitives.ReadUInt64LittleEndian(frame[PcOffset..]) & ~1UL;
        for (var index = 1; index < 32; index++)
        {
            hart.SetX(index, BinaryPrimitives.ReadUInt64LittleEndian(frame[(PcOffset + index * sizeof(ulong))..]));
        }

        for (var index = 0; index < 32; index++)
        {
            hart.SetF(index, BinaryPrimitives.ReadUInt64LittleEndian(frame[(FloatOffset + index * sizeof(ulong))..]));
        }

        hart.FloatControl = BinaryPrimitives.ReadUInt32LittleEndian(frame[FloatControlOffset..]);
        hart.ClearReservation();
    }
}

/// <summary>si_code values (siginfo.h).</summary>
internal static class SignalCodes
{
    internal const int User = 0;
    internal const int Kernel = 0x80;
    internal const int Queue = -1;
    internal const int Timer = -2;
    internal const int ThreadKill = -6;
    internal const int AddressNotMapped = 1;
    internal const int AddressForbidden = 2;
    internal const int BusAlignment = 1;
    internal const int BusNoMemory = 2;
    internal const int IllegalOpcode = 1;
    internal const int TrapBreakpoint = 1;
}
