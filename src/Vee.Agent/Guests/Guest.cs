using Vee.Agent.Consoles;
using Vee.Agent.Racks;
using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Machines.Linux;
using Vee.Machines.Networking;
using Vee.Machines.Storage;
using Vee.Protocol;

namespace Vee.Agent.Guests;

/// <summary>
/// One instance of a machine, from its creation to its deletion. The machine itself is touched only in turns of its
/// host's rack; whoever wants something of it leaves work there.
/// </summary>
internal sealed partial class Guest : IMachineObserver, IRackGuest, IDisposable
{
    private const int CallsMax = 1024;
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int WindowChanged = 28;
    private const long Never = long.MaxValue;

    private readonly GuestParts parts;
    private readonly SimulatedHost host;
    private readonly IGuestObserver observer;
    private readonly ReadOnlyMemory<byte> program;
    private readonly MachineGuest machine;
    private readonly GuestFittings fittings;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile GuestView view;
    private HostGuest? place;
    private Exception? defect;
    private bool isAttended;
    private int waitingCalls;
    private int hasConsoleNews;
    private long retired;
    private long reached;
    private long retiredBefore;
    private long reachedBefore;
    private long presentPages;
    private long diskReadBytes;
    private long diskWrittenBytes;
    private long busyTimestamps;
    private long executingSince;
    private bool isStarted;
    private bool isHeld;
    private bool isStopAsked;
    private long stopAt = Never;
    private Task closing = Task.CompletedTask;

    private Guest(
        GuestSpec spec, SimulatedHost host, GuestFittings fittings, ReadOnlyMemory<byte> program,
        Func<INetwork, IDisk, ProcessMachine> create, GuestParts parts, IGuestObserver observer)
    {
        this.parts = parts;
        this.host = host;
        this.observer = observer;
        this.program = program;
        this.fittings = fittings;
        machine = new MachineGuest(spec.NetworkAddress, create)
        {
            Outside = fittings.Gateway,
            LeavesWhenOver = true,
            Observer = this,
        };
        view = new GuestView(spec, GuestPhase.Created) { Ports = fittings.Gateway.Ports };
    }

    internal GuestSpec Spec => view.Spec;

    /// <summary>Whether it has ended or is another host's.</summary>
    internal bool IsOver => view is { End: not null } or { Phase: GuestPhase.GivenAway };

    /// <summary>How it is; any thread may ask.</summary>
    internal GuestView View => view;

    /// <summary>Its console's output.</summary>
    internal ConsoleLog Log => fittings.Log;

    /// <summary>Completes when it will not execute again.</summary>
    internal Task Ended => ended.Task;

    /// <summary>Its address in the network of its rack.</summary>
    internal uint Address => Spec.NetworkAddress;

    /// <summary>Its vCPUs on their host; none before it is there.</summary>
    internal IReadOnlyList<HostVcpu> Vcpus => place?.Vcpus ?? [];

    /// <summary>Name of its host.</summary>
    internal string HostName => host.Spec.Name;

    /// <summary>Makes a machine that does not execute yet, on its host and with its ports open.</summary>
    /// <param name="spec">A checked specification, with an address.</param>
    /// <param name="host">Where it is.</param>
    /// <param name="program">A program that <see cref="GuestImage.Check"/> lets pass.</param>
    /// <param name="parts">What all machines use.</param>
    /// <param name="observer">Told of changes.</param>
    /// <exception cref="Grpc.Core.RpcException">IMAGE_TOO_LARGE, PORT_UNAVAILABLE or AGENT_FULL.</exception>
    internal static async Task<Guest> CreateAsync(
        GuestSpec spec, SimulatedHost host, ReadOnlyMemory<byte> program, GuestParts parts, IGuestObserver observer)
    {
        var around = new GuestFittings(spec, parts);
        Guest? guest = null;
        try
        {
            around.Open(spec.Ports);
            guest = new Guest(
                spec, host, around, program,
                (network, disk) =>
                    CreateMachine(program, OptionsFor(spec, host, network, disk), around.Console),
                parts, observer);
            guest.machine.Hold();
            around.Serve(guest);
            await guest.SettleInAsync();
            return guest;
        }
        catch
        {
            guest?.Dispose();
            await around.DisposeAsync();
            throw;
        }
    }

    internal Task<GuestView> StartAsync(CancellationToken cancellationToken) =>
        AskAsync(() => isStarted = true, cancellationToken);

    internal Task<GuestView> PauseAsync(CancellationToken cancellationToken) =>
        AskAsync(() => isHeld = true, cancellationToken);

    internal Task<GuestView> ResumeAsync(CancellationToken cancellationToken) =>
        AskAsync(() => isHeld = false, cancellationToken);

    /// <summary>Asks the guest to end, and ends it when the grace period has passed.</summary>
    internal Task<GuestView> StopAsync(TimeSpan gracePeriod, CancellationToken cancellationToken) =>
        AskAsync(() => AskToEnd(gracePeriod), cancellationToken);

    /// <summary>Ends the machine if it executes. When this completes it never executes again.</summary>
    internal async Task DeleteAsync()
    {
        // A deletion that has begun is not given up: half of one would leave a machine that nobody knows.
        const string Why = "The machine was deleted.";
        await AskAsync(() => End(GuestEnding.Stopped(Why)), CancellationToken.None);
        if (view.Phase == GuestPhase.GivenAway)
        {
            await AskAlwaysAsync(() =>
            {
                GiveUpMove(Why);
                Dispose();
            });
        }

        await closing;
        if (!areFittingsGiven)
        {
            await fittings.DisposeAsync();
        }
    }

    /// <summary>Gives the guest input, waiting while it has more than it reads.</summary>
    internal Task WriteInputAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        fittings.Input.WriteAsync(bytes, ConsoleArrived, cancellationToken);

    /// <summary>No input will come any more.</summary>
    internal void EndInput()
    {
        fittings.Input.End();
        ConsoleArrived();
    }

    /// <summary>Tells the guest the size of its terminal.</summary>
    internal void Resize(int columns, int rows)
    {
        fittings.Console.Resize(columns, rows);
        if (Spec.IsTerminal && Volatile.Read(ref waitingCalls) < CallsMax)
        {
            Interlocked.Increment(ref waitingCalls);
            Post(() =>
            {
                Interlocked.Decrement(ref waitingCalls);
                if (!IsOver)
                {
                    machine.SendSignal(WindowChanged);
                }
            });
        }
    }

    private static ProcessOptions OptionsFor(
        GuestSpec spec, SimulatedHost host, INetwork network, IDisk disk)
    {
        var name = GuestText.FromHost(spec.ProgramName);
        var costs = new ProcessOptions { Arguments = [] }.Costs;
        return new ProcessOptions
        {
            MemoryBytes = (ulong)spec.MemoryBytes,
            HartCount = spec.VcpuCount,
            Seed = spec.Seed,
            Arguments = [name, .. spec.Arguments.Select(GuestText.FromHost)],
            ProgramPath = name.StartsWith('/') ? name : $"/{name}",
            Environment = GuestEnvironment.Build(
                [.. spec.Environment.Select(GuestText.FromHost)], spec.IsTerminal ? "xterm" : null),
            HostName = GuestText.FromHost(spec.Name),
            Costs = costs.At((ulong)host.Spec.Hardware.Cores[0].FrequencyMHz * 1_000_000),
            Network = network,
            Disk = disk,
            NetworkAddress = spec.NetworkAddress,
        };
    }

    private static ProcessMachine CreateMachine(
        ReadOnlyMemory<byte> program, ProcessOptions options, GuestConsole console)
    {
        try
        {
            return ProcessMachine.TryCreate(program, options, console, out var refusal)
                ?? throw Refused.Invalid($"the image does not fit the machine: {refusal}", Refusal.ImageTooLarge);
        }
        catch (InsufficientMemoryException failure)
        {
            throw Refused.Exhausted(Refusal.AgentFull, $"this computer has no memory for it: {failure.Message}");
        }
    }

    private async Task<GuestView> AskAsync(Action change, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref waitingCalls) > CallsMax)
        {
            Interlocked.Decrement(ref waitingCalls);
            throw Refused.Exhausted(Refusal.TooManyCalls, $"{CallsMax} calls wait for the machine already");
        }

        var done = new TaskCompletionSource<GuestView>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(
            () =>
            {
                Interlocked.Decrement(ref waitingCalls);
                try
                {
                    if (!IsOver)
                    {
                        change();
                        Settle();
                    }
                }
                finally
                {
                    done.TrySetResult(view);
                }
            },
            isUrgent: true);
        return await done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Puts a message from outside on its way to the machine; any thread may.</summary>
    internal void Deliver(NetworkMessage message) => Post(() =>
    {
        if (view.Phase == GuestPhase.GivenAway)
        {
            // It has gone since this was left here.
            fittings.Deliver(message);
        }
        else if (!IsOver)
        {
            machine.Deliver(message);
        }
    });

    /// <summary>There is input; any thread may say so.</summary>
    internal void ConsoleArrived()
    {
        if (Interlocked.Exchange(ref hasConsoleNews, 1) == 0)
        {
            Post(() =>
            {
                Volatile.Write(ref hasConsoleNews, 0);
                if (!IsOver)
                {
                    machine.ConsoleChanged();
                }
            });
        }
    }

    private void AskToEnd(TimeSpan gracePeriod)
    {
        if (!isStarted)
        {
            isStopAsked = true;
            End(GuestEnding.Stopped("The machine was stopped before it began to execute."));
            return;
        }

        // A guest that is held could not obey.
        isHeld = false;
        var at = parts.Time.GetTimestamp() + (long)(gracePeriod.TotalSeconds * parts.Time.TimestampFrequency);
        stopAt = Math.Min(stopAt, at);
        host.Line.Rack.ExpectStop(stopAt);
        if (!isStopAsked)
        {
            isStopAsked = true;
            machine.SendSignal(Terminate);
            if (machine.Machine.IsStopped)
            {
                machine.SendSignal(Continue);
            }
        }
    }

    /// <summary>Makes machine and view what the wishes are, and tells of it if that is another.</summary>
    private void Settle()
    {
        if (IsOver)
        {
            return;
        }

        var isRunning = isStarted && !isHeld;
        if (isRunning && !host.Line.Rack.IsStanding)
        {
            machine.Release();
        }
        else
        {
            machine.Hold();
        }

        var next = view with
        {
            Phase = isStopAsked ? GuestPhase.Stopping
                : isHeld ? GuestPhase.Paused
                : isStarted ? GuestPhase.Running
                : GuestPhase.Created,
            StartedAtWallMs = view.StartedAtWallMs == 0 && isRunning ? WallMs() : view.StartedAtWallMs,
        };
        if (next != view)
        {
            view = next;
            observer.Changed(this);
        }
    }

    private void End(GuestEnd end)
    {
        if (IsOver)
        {
            return;
        }

        GiveUpMove(end.Message);
        Leave();
        Dispose();
        end = end with { EndedAtWallMs = WallMs(), WasAsked = isStopAsked };
        if (end.Reason is GuestEndReason.Stopped or GuestEndReason.Failed)
        {
            closing = fittings.Gateway.DisposeAsync().AsTask();
        }
        else
        {
            fittings.Gateway.EndWithGuest();
        }

        fittings.Input.End();
        view = view with { Phase = GuestPhase.Ended, End = end };
        Log.Complete();
        LogEnded(parts.Logger, Spec.Namespace, Spec.Name, Spec.Uid, Spec.Instance, end.Message);
        observer.Changed(this);
        ended.TrySetResult();
    }

    private long WallMs() => parts.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
