namespace Vee.Hypervisor.Scheduling.Credit;

/// <summary>vCPUs that wait for a core, most urgent first and equal ones in the order in which they came.</summary>
/// <remarks>
/// Priorities change while vCPUs wait and nobody moves them then: the order is right again after <see cref="Sort"/>.
/// The links are in the vCPUs, so that nothing is allocated and any one is taken out at once.
/// </remarks>
internal sealed class CreditQueue
{
    /// <summary>Who runs next; null if nobody waits.</summary>
    public CreditVcpu? First { get; private set; }

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    private CreditVcpu? Last { get; set; }

    /// <summary>Puts a vCPU before the first one that is less urgent.</summary>
    public void Insert(CreditVcpu vcpu)
    {
        var next = First;
        while (next is not null && next.Priority >= vcpu.Priority)
        {
            next = next.Next;
        }

        // Who yielded lets one pass that is less urgent; else it would have no effect but among equals.
        InsertBefore(vcpu.HasYielded && next is not null ? next.Next : next, vcpu);
    }

    /// <summary>Puts a vCPU behind all others.</summary>
    public void Append(CreditVcpu vcpu) => InsertBefore(null, vcpu);

    /// <summary>Takes a vCPU out.</summary>
    public void Remove(CreditVcpu vcpu)
    {
        if (vcpu.Queue != this)
        {
            throw new InvalidOperationException($"vCPU {vcpu.Vcpu.Index} does not wait here");
        }

        if (vcpu.Previous is null)
        {
            First = vcpu.Next;
        }
        else
        {
            vcpu.Previous.Next = vcpu.Next;
        }

        if (vcpu.Next is null)
        {
            Last = vcpu.Previous;
        }
        else
        {
            vcpu.Next.Previous = vcpu.Previous;
        }

        vcpu.Previous = null;
        vcpu.Next = null;
        vcpu.Queue = null;
        Count--;
    }

    /// <summary>Moves those that have credits left before those that have not; else the order stays.</summary>
    public void Sort()
    {
        CreditVcpu? firstOver = null;
        for (var vcpu = First; vcpu is not null;)
        {
            var next = vcpu.Next;
            if (vcpu.Priority == CreditPriority.Over)
            {
                firstOver ??= vcpu;
            }
            else if (firstOver is not null)
            {
                Remove(vcpu);
                InsertBefore(firstOver, vcpu);
            }

            vcpu = next;
        }
    }

    /// <summary>Takes all out.</summary>
    public void Clear()
    {
        while (First is { } vcpu)
        {
            Remove(vcpu);
        }
    }

    private void InsertBefore(CreditVcpu? next, CreditVcpu vcpu)
    {
        if (vcpu.Queue is not null)
        {
            throw new InvalidOperationException($"vCPU {vcpu.Vcpu.Index} waits already");
        }

        var previous = next is null ? Last : next.Previous;
        vcpu.Previous = previous;
        vcpu.Next = next;
        vcpu.Queue = this;
        if (previous is null)
        {
            First = vcpu;
        }
        else
        {
            previous.Next = vcpu;
        }

        if (next is null)
        {
            Last = vcpu;
        }
        else
        {
            next.Previous = vcpu;
        }

        Count++;
    }
}
