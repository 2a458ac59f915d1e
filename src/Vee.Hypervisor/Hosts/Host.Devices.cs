using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Randomness;
using Vee.Machines.Networking;

namespace Vee.Hypervisor.Hosts;

// What guests ask of their host, and its disk.
public sealed partial class Host
{
    private const int NobodyIndex = -1;

    // Requests leave the disk in the order in which they came: the latency is the same for all.
    private readonly Queue<Transfer> transfers = new();

    private void BeginTransfer(int guest, long bytes, int kind, long argument)
    {
        var disk = Hardware.Disk;
        var byBytes = (long)Int128.Min(
            VirtualTime.Never,
            (((Int128)bytes * VirtualTime.Second) + disk.BytesPerSecond - 1) / disk.BytesPerSecond);
        var byCount = (VirtualTime.Second + disk.OperationsPerSecond - 1) / disk.OperationsPerSecond;
        var served = Disk.Enter(Now, bytes, Math.Max(byBytes, byCount));
        transfers.Enqueue(new Transfer(guest, kind, argument, Now));
        events.Add(VirtualTime.After(served, disk.LatencyNanoseconds), new HostEvent(DiskTarget, 0, 0));
    }

    private void FinishTransfer()
    {
        var transfer = transfers.Dequeue();
        Disk.Leave(Now, transfer.AskedAt);
        if (transfer.Guest >= 0)
        {
            guests[transfer.Guest]!.Program.Notify(transfer.Kind, transfer.Argument);
        }
    }

    /// <summary>What a guest that goes has asked for is transferred, and nobody told.</summary>
    private void ForgetTransfers(int guest)
    {
        for (var left = transfers.Count; left > 0; left--)
        {
            var transfer = transfers.Dequeue();
            transfers.Enqueue(transfer.Guest == guest ? transfer with { Guest = NobodyIndex } : transfer);
        }
    }

    private readonly record struct Transfer(int Guest, int Kind, long Argument, long AskedAt);

    private sealed class GuestPort(Host host, int guest, string name) : IGuestPort
    {
        // Who has left may still be asked to do something; the place is another's by then.
        private bool IsHere => host.guests[guest]?.Port == this;

        public long Now => host.Now;

        public void Wake(int vcpu)
        {
            if (IsHere)
            {
                host.Wake(host.guests[guest]!.Vcpus[vcpu]);
            }
        }

        public void SetTimer(long at, int kind, long argument)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(at, host.Now);
            if (IsHere)
            {
                host.events.Add(at, new HostEvent(FirstGuestTarget + guest, kind, argument));
            }
        }

        public void UseDisk(long bytes, int kind, long argument)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(bytes);
            if (IsHere)
            {
                host.BeginTransfer(guest, bytes, kind, argument);
            }
        }

        public bool HasRoute(uint address) => host.HasRoute(address);

        public void Send(NetworkMessage message, long at)
        {
            if (IsHere)
            {
                host.Depart(message, at);
            }
        }

        public void Leave(long at)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(at, host.Now);
            if (IsHere)
            {
                host.events.Add(at, new HostEvent(GoingTarget, guest, 0));
            }
        }

        public CoreClass? CoreNamed(string name) => host.Hardware.Cores.FirstOrDefault(c => c.Name == name);

        RandomStream IGuestPort.Random(string purpose) =>
            new(host.seed, $"{host.Name}/{name}/{purpose}");
    }
}
