using Vee.Hypervisor.Events;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Machines.State;

namespace Vee.Hypervisor.Guests;

/// <summary>A guest whose vCPUs always execute and never give their cores away.</summary>
public sealed class SpinningGuest : IGuest
{
    private readonly Spinner[] vcpus;

    /// <param name="vcpuCount">How many vCPUs.</param>
    public SpinningGuest(int vcpuCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vcpuCount, 1);
        vcpus = [.. Enumerable.Range(0, vcpuCount).Select(_ => new Spinner())];
    }

    /// <inheritdoc/>
    public IReadOnlyList<IVcpu> Vcpus => vcpus;

    /// <inheritdoc/>
    public void Start(IGuestPort port)
    {
        ArgumentNullException.ThrowIfNull(port);
        for (var number = 0; number < vcpus.Length; number++)
        {
            port.Wake(number);
        }
    }

    /// <inheritdoc/>
    public void Notify(int kind, long argument) =>
        throw new InvalidOperationException("a guest that only spins has asked for nothing");

    /// <inheritdoc/>
    public void Save(StateWriter state)
    {
    }

    /// <inheritdoc/>
    public void Restore(StateReader state)
    {
    }

    private sealed class Spinner : IVcpu
    {
        public VcpuStep Begin(CoreClass core, long start) => new(VirtualTime.Never, IsDivisible: true);

        public VcpuOutcome End(long elapsed) => VcpuOutcome.GoOn;
    }
}

/// <summary>A guest with one vCPU that executes but for the instants at which others look.</summary>
/// <remarks>Under a scheduler that charges whoever runs at a tick it runs nearly for free (Xen until 2009).</remarks>
public sealed class TickThief : IGuest, IVcpu
{
    private readonly long period;
    private readonly long guard;
    private IGuestPort port = null!;
    private long duration;

    /// <param name="period">Nanoseconds between the instants, which are its multiples.</param>
    /// <param name="guard">How long before and after an instant it sleeps.</param>
    public TickThief(long period, long guard)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(guard, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(guard, period / 2);
        this.period = period;
        this.guard = guard;
    }

    /// <inheritdoc/>
    public IReadOnlyList<IVcpu> Vcpus => [this];

    /// <inheritdoc/>
    public void Start(IGuestPort port)
    {
        ArgumentNullException.ThrowIfNull(port);
        this.port = port;
        SleepOverInstant();
    }

    /// <inheritdoc/>
    public void Notify(int kind, long argument) => port.Wake(0);

    /// <inheritdoc/>
    public VcpuStep Begin(CoreClass core, long start)
    {
        // It may get its core only when it meant to sleep already.
        duration = Math.Max(0, period - guard - (start % period));
        return new VcpuStep(duration, IsDivisible: true);
    }

    /// <inheritdoc/>
    public VcpuOutcome End(long elapsed)
    {
        if (elapsed < duration)
        {
            return VcpuOutcome.GoOn;
        }

        SleepOverInstant();
        return VcpuOutcome.Block;
    }

    /// <inheritdoc/>
    public void Save(StateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Int64("duration", duration);
    }

    /// <inheritdoc/>
    public void Restore(StateReader state)
    {
        ArgumentNullException.ThrowIfNull(state);
        duration = state.Int64("duration", 0);
    }

    private void SleepOverInstant() =>
        port.SetTimer(
            VirtualTime.After(port.Now - (port.Now % period), VirtualTime.After(period, guard)), kind: 1, argument: 0);
}
