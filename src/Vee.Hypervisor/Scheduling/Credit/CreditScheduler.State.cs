using Vee.Hypervisor.Events;
using Vee.Machines.State;

namespace Vee.Hypervisor.Scheduling.Credit;

/// <content>What is saved. Armed timers and the time are the host's, which restores them before.</content>
public sealed partial class CreditScheduler
{
    private const uint StateVersion = 1;
    private const long CreditMax = 1L << 48;

    /// <inheritdoc/>
    public void Save(StateWriter state) => state.Section("credit", StateVersion, section =>
    {
        section.Text("name", Name);
        section.Int64("lastTickled", lastTickled);
        section.Int64("balance", balance);
        section.Int64("epoch", epoch);
        section.Boolean("isAccounting", isAccounting);
        section.List("vcpus", [.. vcpus.Values.OrderBy(vcpu => vcpu.Vcpu.Index)], SaveVcpu);
        section.List("cores", cores, SaveCore);
        section.List("activeDomains", activeDomains, static (to, domain) =>
        {
            to.Int64("domain", domain.Domain.Index);
            to.List("active", domain.Active, SaveIndex);
        });
    });

    /// <inheritdoc/>
    public void Restore(StateReader state) => state.Section("credit", StateVersion, section =>
    {
        Forget();
        if (section.Text("name") is var name && name != Name)
        {
            throw section.Refuse("name", $"saved by '{name}', this is '{Name}'");
        }

        lastTickled = section.Int32("lastTickled", 0, cores.Length - 1);
        balance = section.Int64("balance", -CreditMax, CreditMax);
        epoch = section.Int64("epoch", 0);
        isAccounting = section.Boolean("isAccounting");
        RestoreVcpus(section);
        RestoreCores(section);
        section.List("activeDomains", domains.Count, RestoreDomain);
    });

    private static void SaveVcpu(StateWriter to, CreditVcpu vcpu)
    {
        to.Int64("vcpu", vcpu.Vcpu.Index);
        to.Int64("core", vcpu.Core.Index);
        to.Int64("priority", (long)vcpu.Priority);
        to.Int64("credit", vcpu.Credit);
        to.Int64("residue", vcpu.Residue);
        to.Int64("paidUntil", vcpu.PaidUntil);
        to.Boolean("isParked", vcpu.IsParked);
        to.Boolean("isMigrating", vcpu.IsMigrating);
        to.Boolean("hasYielded", vcpu.HasYielded);
    }

    private static void SaveCore(StateWriter to, CreditCore core)
    {
        to.Int64("current", core.Current?.Vcpu.Index ?? -1);
        to.Boolean("isAsked", core.IsAsked);
        to.Int64("sortedEpoch", core.SortedEpoch);
        to.Int64("balanceNotBefore", core.BalanceNotBefore);
        var queued = new List<CreditVcpu>(core.Queue.Count);
        for (var vcpu = core.Queue.First; vcpu is not null; vcpu = vcpu.Next)
        {
            queued.Add(vcpu);
        }

        to.List("queue", queued, SaveIndex);
    }

    private static void SaveIndex(StateWriter to, CreditVcpu vcpu) => to.Int64("vcpu", vcpu.Vcpu.Index);

    private void Forget()
    {
        foreach (var core in cores)
        {
            core.Queue.Clear();
            core.Current = null;
        }

        foreach (var domain in domains.Values)
        {
            domain.Active.Clear();
        }

        foreach (var vcpu in vcpus.Values)
        {
            vcpu.IsActive = false;
        }

        activeDomains.Clear();
    }

    private void RestoreVcpus(StateReader state)
    {
        var seen = new HashSet<CreditVcpu>();
        state.List("vcpus", vcpus.Count, (from, _) =>
        {
            var vcpu = RestoreIndex(from);
            if (!seen.Add(vcpu))
            {
                throw from.Refuse("vcpu", $"{vcpu.Vcpu.Index} was there already");
            }

            vcpu.Core = cores[from.Int32("core", 0, cores.Length - 1)];
            if (!vcpu.Vcpu.MayRunOn(vcpu.Core.Index))
            {
                throw from.Refuse("core", $"vCPU {vcpu.Vcpu.Index} may not run on core {vcpu.Core.Index}");
            }

            vcpu.Priority = (CreditPriority)from.Int32(
                "priority", (int)CreditPriority.Over, (int)CreditPriority.Boost);
            vcpu.Credit = from.Int64("credit", -CreditMax, CreditMax);
            vcpu.Residue = from.Int64("residue", 0, VirtualTime.Millisecond - 1);
            vcpu.PaidUntil = from.Int64("paidUntil", 0, Port.Now);
            vcpu.IsParked = from.Boolean("isParked");
            vcpu.IsMigrating = from.Boolean("isMigrating");
            vcpu.HasYielded = from.Boolean("hasYielded");
        });
        if (seen.Count != vcpus.Count)
        {
            throw state.Refuse("vcpus", $"{seen.Count} of {vcpus.Count}");
        }
    }

    private void RestoreCores(StateReader state)
    {
        var count = 0;
        state.List("cores", cores.Length, (from, index) =>
        {
            var core = cores[index];
            count++;
            var current = from.Int32("current", -1);
            core.Current = current < 0 ? null : Find(from, "current", current);
            if (core.Current is { } runs && runs.Core != core)
            {
                throw from.Refuse("current", $"vCPU {current} is on core {runs.Core.Index}");
            }

            core.IsAsked = from.Boolean("isAsked");
            core.SortedEpoch = from.Int64("sortedEpoch", 0, epoch);
            core.BalanceNotBefore = from.Int64(
                "balanceNotBefore", 0, VirtualTime.After(Port.Now, options.BalanceIntervalNanoseconds));
            from.List("queue", vcpus.Count, (item, _) =>
            {
                var vcpu = RestoreIndex(item);
                if (vcpu.Core != core || vcpu.Queue is not null || core.Current == vcpu || vcpu.IsParked)
                {
                    throw item.Refuse("vcpu", $"{vcpu.Vcpu.Index} cannot wait here");
                }

                core.Queue.Append(vcpu);
            });
        });
        if (count != cores.Length)
        {
            throw state.Refuse("cores", $"{count} of {cores.Length}");
        }
    }

    private void RestoreDomain(StateReader state, int index)
    {
        var number = state.Int32("domain", 0);
        if (!domains.TryGetValue(number, out var domain) || domain.Active.Count > 0)
        {
            throw state.Refuse("domain", $"{number} is unknown, or was there already");
        }

        activeDomains.Add(domain);
        state.List("active", domain.VcpuCount, (from, _) =>
        {
            var vcpu = RestoreIndex(from);
            if (vcpu.Domain != domain || vcpu.IsActive)
            {
                throw from.Refuse("vcpu", $"{vcpu.Vcpu.Index} is of another domain, or was there already");
            }

            vcpu.IsActive = true;
            domain.Active.Add(vcpu);
        });
        if (domain.Active.Count == 0)
        {
            throw state.Refuse("active", "none");
        }
    }

    private CreditVcpu RestoreIndex(StateReader state) => Find(state, "vcpu", state.Int32("vcpu", 0));

    private CreditVcpu Find(StateReader state, string name, int index) =>
        vcpus.TryGetValue(index, out var vcpu) ? vcpu : throw state.Refuse(name, $"there is no vCPU {index}");
}
