namespace Vee.Machines.Storage;

/// <summary>A transfer between a machine and its disk.</summary>
/// <param name="Number">Unique in the machine's life; a later one is higher.</param>
/// <param name="IsWrite">Whether bytes go to the disk.</param>
/// <param name="Bytes">How many; above 0.</param>
public readonly record struct DiskTransfer(long Number, bool IsWrite, long Bytes);

/// <summary>
/// What a machine's files lie on. It has no bytes, those are the machine's: it says how long they take.
/// </summary>
public interface IDisk
{
    /// <summary>
    /// Begins a transfer. Transfers end in the order in which they were begun, none of them from inside this call: <see
    /// cref="Linux.ProcessMachine.CompleteTransfer"/> is told.
    /// </summary>
    void Begin(DiskTransfer transfer);
}
