using System.Buffers.Binary;
using Vee.Machines.Linux.Signals;
using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

/// <summary>
/// A signalfd: reading takes pending signals of its mask, the caller's own before the process's (signalfd(2)).
/// </summary>
internal sealed class SignalFile(Process process, ulong mask) : OpenFile(process)
{
    internal const string Kind = "signalfd";

    // struct signalfd_siginfo.
    private const int RecordBytes = 128;

    internal override string Name => "anon_inode:[signalfd]";

    internal override string StateKind => Kind;

    // What is pending depends on who asks.
    internal override bool ChangesSilently => true;

    /// <summary>The signals that it accepts: bit n-1 is signal n.</summary>
    internal ulong Mask { get; private set; } = mask;

    internal void SetMask(ulong mask)
    {
        Mask = mask;
        Notify();
    }

    internal override SyscallResult Read(Span<byte> destination)
    {
        if (destination.Length < RecordBytes)
        {
            return Errno.EINVAL;
        }

        var done = 0;
        while (destination.Length - done >= RecordBytes && TryTake(out var info))
        {
            Format(info, destination.Slice(done, RecordBytes));
            done += RecordBytes;
        }

        return done > 0 ? done : Errno.EAGAIN;
    }

    internal override PollEvents Poll()
    {
        var pending = (Process.Files.Caller?.Signals.Pending.Set ?? 0) | Process.Signals.Pending.Set;
        return (pending & Mask) != 0 ? PollEvents.In : PollEvents.None;
    }

    internal override void Save(StateWriter state) => state.UInt64("mask", Mask);

    internal static OpenFile Restore(Process process, StateReader state) =>
        new SignalFile(process, state.UInt64("mask"));

    private bool TryTake(out SignalInfo info)
    {
        info = default;
        return (Process.Files.Caller?.Signals.Pending.TryTake(Mask, out info) ?? false)
            || Process.Signals.Pending.TryTake(Mask, out info);
    }

    private static void Format(in SignalInfo info, Span<byte> record)
    {
        record.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(record, info.Number);
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], info.Error);
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], info.Code);
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], info.SenderProcess);
        BinaryPrimitives.WriteInt32LittleEndian(record[16..], info.SenderUser);
        BinaryPrimitives.WriteInt32LittleEndian(record[24..], info.Timer);
        BinaryPrimitives.WriteInt32LittleEndian(record[32..], info.Overrun);
        BinaryPrimitives.WriteInt32LittleEndian(record[44..], (int)info.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(record[48..], info.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(record[72..], info.Value);
    }
}
