using System.Collections.Concurrent;
using Vee.Agent.Consoles;
using Vee.Agent.Gateways;
using Vee.Agent.Scheduling;
using Vee.Machines.Linux;
using Vee.Machines.Networking;
using Vee.Protocol;

namespace Vee.Agent.Guests;

/// <summary>
/// One instance of a machine, from its creation to its deletion. The machine itself is touched only in turns, which the
/// pool gives to one thread at a time; whoever wants something of it leaves a command and wakes it.
/// </summary>
internal sealed partial class Guest : IWorker, IGuestNews, IDisposable
{
    private const int CommandsMax = 1024;
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int WindowChanged = 28;
    private const long Never = long.MaxValue;
    private const int MegahertzDefault = 1000;

    private readonly ConcurrentQueue<Action> commands = new();
    private readonly ConcurrentQueue<NetworkMessage> inbox = new();
    private readonly GuestParts parts;
    private readonly IGuestObserver observer;
    private readonly ReadOnlyMemory<byte> program;
    private readonly ProcessMachine machine;
    private readonly GuestDriver driver;
    private readonly GuestConsole console;
    private readonly ConsoleInputQueue input = new(ConsoleInputQueue.BytesMaxDefault);
    private readonly Gateway gateway;
    private readonly Traffic traffic;
    private readonly PacedClock clock;
    private readonly Seat seat;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile GuestView view;
    private volatile bool hasConsoleNews;
    private bool isStarted;
    private bool isHeld;
    private bool isStopAsked;
    private long stopAt = Never;
    private Task closing = Task.CompletedTask;

    private Guest(
        GuestSpec spec, int megahertz, ReadOnlyMemory<byte> program, GuestParts parts, IGuestObserver observer)
    {
        this.parts = parts;
        this.observer = observer;
        this.program = program;
        clock = new PacedClock(parts.Time);
        traffic = new Traffic(parts.Traffic);
        Log = new ConsoleLog(spec.ConsoleLogBytes, parts.Time);
        console = new GuestConsole(Log, input, spec.IsTerminal);
        var options = OptionsFor(spec, megahertz);
        gateway = new Gateway(options.NetworkAddress, Deliver, traffic, parts.Time);
        machine = CreateMachine(program, options with { Network = gateway }, console);
        driver = new GuestDriver(machine, clock, this, parts.Meters, parts.Time);
        seat = parts.Pool.Add(this);
        view = new GuestView(spec, GuestPhase.Created);
    }

    internal GuestSpec Spec => view.Spec;

    /// <summary>How it is; any thread may ask.</summary>
    internal GuestView View => view;

    /// <summary>Its console's output.</summary>
    internal ConsoleLog Log { get; }

    /// <summary>Completes when it will not execute again.</summary>
    internal Task Ended => ended.Task;

    /// <summary>What it has used; any thread may ask.</summary>
    internal GuestUsage Usage => new()
    {
        RetiredCount = driver.RetiredCount,
        VirtualNanoseconds = driver.VirtualNanoseconds,
        BusyNanoseconds = (long)driver.Busy.TotalNanoseconds,
        LagNanoseconds = clock.IsRunning ? Math.Max(0, clock.Limit - Math.Min(clock.Limit, driver.DueTime)) : 0,
        ResidentBytes = view.End is null ? driver.PresentPages * Machines.Memory.PageNumber.Bytes : 0,
        NetworkBytesIn = traffic.BytesIn,
        NetworkBytesOut = traffic.BytesOut,
    };

    /// <summary>Whether anything has come for the machine.</summary>
    bool IGuestNews.HasNews => hasConsoleNews || !inbox.IsEmpty;

    /// <summary>Makes a machine that does not execute yet, with its ports open.</summary>
    /// <param name="spec">A checked specification.</param>
    /// <param name="megahertz">Of its host's first cores; 0 for the default.</param>
    /// <param name="program">A program that <see cref="GuestImage.Check"/> lets pass.</param>
    /// <param name="parts">What all machines use.</param>
    /// <param name="observer">Told of changes.</param>
    /// <exception cref="Grpc.Core.RpcException">IMAGE_TOO_LARGE, PORT_UNAVAILABLE or AGENT_FULL.</exception>
    internal static Guest Create(
        GuestSpec spec, int megahertz, ReadOnlyMemory<byte> program, GuestParts parts, IGuestObserver observer)
    {
        var guest = new Guest(spec, megahertz, program, parts, observer);
        if (guest.gateway.TryOpen(spec.Ports) is { } taken)
        {
            guest.machine.Dispose();
            guest.Dispose();
            throw Refused.Exists(
                Refusal.PortUnavailable,
                $"port {taken.AgentPort} for '{taken.Name}' is somebody else's at agent '{parts.AgentName}': "
                + "give another ports[].agentPort, or leave it out and take a free one");
        }

        guest.view = guest.view with { Ports = guest.gateway.Ports };
        return guest;
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
        await AskAsync(() => End(GuestEnding.Stopped("The machine was deleted.")), CancellationToken.None);
        await gateway.DisposeAsync();
        await closing;
        Dispose();
    }

    /// <summary>Gives the guest input, waiting while it has more than it reads.</summary>
    internal Task WriteInputAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        input.WriteAsync(bytes, ConsoleArrived, cancellationToken);

    /// <summary>No input will come any more.</summary>
    internal void EndInput()
    {
        input.End();
        ConsoleArrived();
    }

    /// <summary>Tells the guest the size of its terminal.</summary>
    internal void Resize(int columns, int rows)
    {
        console.Resize(columns, rows);
        if (Spec.IsTerminal && commands.Count < CommandsMax)
        {
            commands.Enqueue(() =>
            {
                if (view.End is null)
                {
                    driver.SendSignal(WindowChanged);
                }
            });
            parts.Pool.Wake(seat);
        }
    }

    bool IGuestNews.TryTakeMessage(out NetworkMessage? message) => inbox.TryDequeue(out message);

    bool IGuestNews.TakeConsoleNews()
    {
        var news = hasConsoleNews;
        hasConsoleNews = false;
        return news;
    }

    public void Dispose() => input.Dispose();

    /// <inheritdoc/>
    public Turn TakeTurn()
    {
        try
        {
            while (commands.TryDequeue(out var command))
            {
                command();
            }

            if (view.End is null)
            {
                return TakeLiveTurn();
            }

            inbox.Clear();
            return Turn.WhenWoken;
        }
#pragma warning disable CA1031 // A bug that one machine shows is that machine's end, not that of its neighbours.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LogFailed(parts.Logger, failure, Spec.Namespace, Spec.Name, Spec.Uid, Spec.Instance);
            End(GuestEnding.Failed(failure));
            return Turn.WhenWoken;
        }
    }

    private static ProcessOptions OptionsFor(GuestSpec spec, int megahertz)
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
            Costs = costs.At((ulong)(megahertz == 0 ? MegahertzDefault : megahertz) * 1_000_000),
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
        if (commands.Count >= CommandsMax)
        {
            throw Refused.Exhausted(Refusal.TooManyCalls, $"{CommandsMax} calls wait for the machine already");
        }

        var done = new TaskCompletionSource<GuestView>(TaskCreationOptions.RunContinuationsAsynchronously);
        commands.Enqueue(() =>
        {
            try
            {
                if (view.End is null)
                {
                    change();
                    Settle();
                }
            }
            finally
            {
                done.TrySetResult(view);
            }
        });
        parts.Pool.Wake(seat, isUrgent: true);
        return await done.Task.WaitAsync(cancellationToken);
    }

    private void Deliver(NetworkMessage message)
    {
        inbox.Enqueue(message);
        parts.Pool.Wake(seat);
    }

    private void ConsoleArrived()
    {
        hasConsoleNews = true;
        parts.Pool.Wake(seat);
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
        if (!isStopAsked)
        {
            isStopAsked = true;
            driver.SendSignal(Terminate);
            if (machine.IsStopped)
            {
                driver.SendSignal(Continue);
            }
        }
    }

    private Turn TakeLiveTurn()
    {
        if (parts.Time.GetTimestamp() >= stopAt)
        {
            End(GuestEnding.Stopped("The machine had not ended by itself when its grace period passed."));
            return Turn.WhenWoken;
        }

        if (!clock.IsRunning)
        {
            return Turn.Until(stopAt);
        }

        switch (driver.Drive())
        {
            case DriveResult.TurnOver:
                return Turn.Again;
            case DriveResult.CaughtUp:
                var soon = (long)(GuestDriver.TurnLength.TotalSeconds * parts.Time.TimestampFrequency);
                return Turn.Until(Math.Min(stopAt, parts.Time.GetTimestamp() + soon));
            case DriveResult.Ended:
                End(GuestEnding.Of(machine, machine.Ending!, program));
                return Turn.WhenWoken;
            case DriveResult.Deadlocked:
                End(GuestEnding.Deadlock(machine));
                return Turn.WhenWoken;
            default:
                return Turn.Until(Math.Min(stopAt, driver.WakeTimestamp));
        }
    }

    /// <summary>Makes clock and view what the wishes are, and tells of it if that is another.</summary>
    private void Settle()
    {
        if (view.End is not null)
        {
            return;
        }

        var isRunning = isStarted && !isHeld;
        if (clock.IsRunning && !isRunning)
        {
            driver.CatchUp();
            clock.Hold();
        }
        else if (isRunning)
        {
            clock.Resume();
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
        clock.Hold();
        machine.Dispose();
        end = end with { EndedAtWallMs = WallMs(), WasAsked = isStopAsked };
        if (end.Reason is GuestEndReason.Stopped or GuestEndReason.Failed)
        {
            closing = gateway.DisposeAsync().AsTask();
        }
        else
        {
            gateway.EndWithGuest();
        }

        inbox.Clear();
        input.End();
        view = view with { Phase = GuestPhase.Ended, End = end };
        Log.Complete();
        LogEnded(parts.Logger, Spec.Namespace, Spec.Name, Spec.Uid, Spec.Instance, end.Message);
        observer.Changed(this);
        ended.TrySetResult();
    }

    private long WallMs() => parts.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
