using Vee.Machines.Storage;

namespace Vee.Machines.Tests.Linux.Files;

/// <summary>Ends transfers when it is told to.</summary>
internal sealed class ManualDisk(Action<long> complete) : IDisk
{
    private readonly Queue<long> underWay = new();

    internal List<(bool IsWrite, long Bytes)> Begun { get; } = [];

    public void Begin(DiskTransfer transfer)
    {
        Begun.Add((transfer.IsWrite, transfer.Bytes));
        underWay.Enqueue(transfer.Number);
    }

    internal void End(int count)
    {
        for (; count > 0; count--)
        {
            complete(underWay.Dequeue());
        }
    }
}
