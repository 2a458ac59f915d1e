using Vee.Machines.Storage;

namespace Vee.Machines.Linux;

// The disk under the machine's files.
public sealed partial class ProcessMachine
{
    /// <summary>Transfers that were begun and have not ended, the oldest first.</summary>
    public IReadOnlyList<DiskTransfer> TransfersUnderWay
    {
        get
        {
            lock (kernel)
            {
                return [.. process.FileSystem.Cache.UnderWay];
            }
        }
    }

    /// <summary>Bytes that were read from the disk, or are about to be.</summary>
    public long DiskReadBytes => process.FileSystem.Cache.ReadBytes;

    /// <summary>Bytes that were written to the disk, or are about to be.</summary>
    public long DiskWrittenBytes => process.FileSystem.Cache.WrittenBytes;

    /// <summary>Bytes of a transfer that is under way; 0 for one that is not.</summary>
    public long BytesOfTransfer(long number)
    {
        lock (kernel)
        {
            return process.FileSystem.Cache.BytesOf(number);
        }
    }

    /// <summary>Whether a thread waits for the disk.</summary>
    public bool IsDiskAwaited => IsAwaited(thread => thread.IsInTransfer);

    /// <summary>The disk has ended a transfer: threads that wait for it go on.</summary>
    /// <param name="number">The oldest that is under way.</param>
    /// <exception cref="ArgumentException">It is another one.</exception>
    public void CompleteTransfer(long number)
    {
        lock (kernel)
        {
            process.FileSystem.Cache.Complete(number);
            Monitor.PulseAll(kernel);
        }
    }
}
