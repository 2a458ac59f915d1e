using Vee.Machines.Linux.Mappings;
using Vee.Machines.Linux.Signals;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Linux.Time;
using Vee.Machines.Linux.Files;
using Vee.Machines.Linux.Polling;

namespace Vee.Machines.Linux;

/// <summary>Every system call that is carried out, one row each, gathered from the areas that implement them.</summary>
internal static class SyscallTable
{
    private static readonly Syscall?[] Rows = Gather();

    /// <summary>The row of a number, or null where nothing carries it out.</summary>
    internal static Syscall? Find(ulong number) => number < (ulong)Rows.Length ? Rows[number] : null;

    /// <summary>All rows, by number.</summary>
    internal static IEnumerable<Syscall> All => Rows.OfType<Syscall>();

    private static Syscall?[] Gather()
    {
        Syscall[][] areas =
        [
            MemoryCalls.Table, ThreadCalls.Table, RobustFutexes.Table, FutexCalls.Table, SignalCalls.Table,
            TimeCalls.Table, TimerCalls.Table, ProcessCalls.Table,
            OpenCalls.Table, TransferCalls.Table, CopyCalls.Table, StorageCalls.Table, PositionCalls.Table,
            NameCalls.Table,
            StatusCalls.Table, DirectoryCalls.Table, AttributeCalls.Table, DescriptorCalls.Table, SpecialCalls.Table,
            PollCalls.Table, SelectCalls.Table, EpollCalls.Table,
            Sockets.SocketCalls.Table,
        ];
        var rows = new Syscall?[SyscallNames.NumberEnd];
        foreach (var row in areas.SelectMany(area => area))
        {
            rows[row.Number] = rows[row.Number] is null
                ? row
                : throw new InvalidOperationException($"System call {row.Number} has two rows: {row.Name}.");
        }

        return rows;
    }
}
