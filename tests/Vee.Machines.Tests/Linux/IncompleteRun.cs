using System.Runtime.InteropServices;
using Vee.Machines.Linux;
using Vee.Machines.Memory;
using Xunit;

namespace Vee.Machines.Tests.Linux;

/// <summary>
/// Runs a machine by quanta while its pages are taken away again and again: what is left of them is noise, and their
/// content comes some quanta after a hart has asked for it.
/// </summary>
internal sealed class IncompleteRun(ProcessMachine machine, Random random)
{
    private const long Quantum = 50_000;
    private const int QuantaMax = 20_000_000;
    private const int TimesMax = 20;

    private readonly Dictionary<ulong, byte[]> elsewhere = [];
    private readonly Dictionary<ulong, int> onTheWay = [];
    private int timesLeft = TimesMax;
    private long now;

    /// <summary>Pages that were taken away.</summary>
    public long TakenCount { get; private set; }

    /// <summary>Pages that a hart needed.</summary>
    public long FaultCount { get; private set; }

    /// <summary>Those that a system call stood still for.</summary>
    public long StallCount { get; private set; }

    /// <summary>Runs to the end.</summary>
    /// <param name="interval">Quanta between two times that pages are taken away, about.</param>
    public ProcessEnding ToEnd(int interval)
    {
        var next = 0;
        for (var round = 0; round < QuantaMax; round++)
        {
            if (round >= next && !machine.IsStalled && timesLeft > 0)
            {
                TakeAway();
                next = round + random.Next(1, 2 * interval);
            }
            else if (timesLeft == 0 && round >= next && machine is { IsIncomplete: true, IsStalled: false })
            {
                SupplyAll();
            }

            var isAny = onTheWay.Count > 0;
            for (var hart = 0; hart < machine.Harts.Count; hart++)
            {
                if (machine.IsStalled && machine.StalledHart != hart)
                {
                    isAny = true;
                    continue;
                }

                machine.BeginQuantum(hart, now);
                var exit = machine.RunQuantum(hart, now + Quantum);
                if (exit.Reason == MachineExitReason.Ended)
                {
                    return exit.Ending!;
                }

                isAny |= exit.Reason is not (MachineExitReason.Idle or MachineExitReason.Stopped);
                if (exit.Reason == MachineExitReason.PageAbsent)
                {
                    Ask(exit.Address);
                }
            }

            PassTime(isAny || machine.CountReady(now) > 0);
            Supply();
        }

        throw new TimeoutException("The guest does not end.");
    }

    private void Ask(ulong address)
    {
        FaultCount++;
        StallCount += machine.IsStalled ? 1 : 0;
        var page = machine.Memory.SharersOf(PageNumber.Of(address)).First(other => elsewhere.ContainsKey(other.Value));
        onTheWay.TryAdd(page.Value, random.Next(3));
    }

    private void PassTime(bool isAny)
    {
        if (isAny)
        {
            now += Quantum;
            return;
        }

        var due = Math.Min(machine.NextDeadline ?? long.MaxValue, machine.NextReadyTime(now) ?? long.MaxValue);
        Assert.True(due != long.MaxValue, string.Join("; ", machine.ListWaitingThreads().Select(t => t.Describe())));
        now = Math.Max(now + 1, due);
        machine.TurnTo(now);
    }

    private void TakeAway()
    {
        timesLeft--;
        var pages = new List<PageNumber>();
        machine.Memory.ForEachPresentPage(page =>
        {
            if (!machine.Memory.IsAbsent(page) && random.Next(8) != 0)
            {
                pages.Add(page);
            }
        });
        foreach (var page in pages)
        {
            elsewhere[page.Value] = machine.Memory.Page(page).ToArray();
            random.NextBytes(Writable(machine.Memory.Page(page)));
        }

        TakenCount += pages.Count;
        machine.BeginIncomplete(pages);
    }

    private void Supply()
    {
        foreach (var (page, left) in onTheWay.ToArray())
        {
            if (left > 0)
            {
                onTheWay[page] = left - 1;
                continue;
            }

            onTheWay.Remove(page);
            if (machine.Memory.IsAbsent(new PageNumber(page)))
            {
                Assert.True(machine.Memory.Supply(new PageNumber(page), elsewhere[page]));
            }
        }
    }

    private void SupplyAll()
    {
        foreach (var (page, content) in elsewhere)
        {
            if (machine.Memory.IsAbsent(new PageNumber(page)))
            {
                Assert.True(machine.Memory.Supply(new PageNumber(page), content));
            }
        }

        machine.Complete();
    }

    private static Span<byte> Writable(ReadOnlySpan<byte> page) =>
        MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(page), page.Length);
}
