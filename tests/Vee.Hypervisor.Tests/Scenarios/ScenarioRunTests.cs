using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scenarios;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Tests.Hosts;
using Vee.Machines.State;
using Xunit;

namespace Vee.Hypervisor.Tests.Scenarios;

public sealed class ScenarioRunTests
{
    private static readonly SchedulerChoice FirstCome = new(
        SchedulerKinds.Named("first-come")!, new Dictionary<string, long> { ["slice"] = 30 * TestHost.Millisecond });

    [Fact]
    public void Only_the_measured_part_counts()
    {
        // Busy for the first second, idle for the second, a job of 100 ms in the third.
        var result = Run(Scenario(2, 1, Jobs(new JobSource
        {
            Name = "j",
            Arrivals = new Arrivals.At([0, 2_500 * TestHost.Millisecond]),
            Phases = [new JobPhase.Cpu(new Distribution.Trace([TestHost.Second, 100 * TestHost.Millisecond]))],
        })));

        var type = Assert.Single(result.Of(SubjectKind.Class));
        Assert.Equal((1, 1, 1), (
            type[FigureNames.Arrivals], type[FigureNames.Completions], type[FigureNames.Throughput]));
        Assert.Equal(100, type[FigureNames.Max(FigureNames.Response)]);
        Assert.Equal(0.1, type[FigureNames.PresentMean]!.Value, 12);
        Assert.Equal(0.1, Assert.Single(result.Of(SubjectKind.Core))[FigureNames.Utilisation]!.Value, 12);
        Assert.Equal(100, Assert.Single(result.Of(SubjectKind.Guest))[FigureNames.CpuTime]);
        Assert.Equal(0, Assert.Single(result.Of(SubjectKind.Disk))[FigureNames.Utilisation]);
    }

    [Fact]
    public void A_job_that_is_late_and_never_done_has_missed_its_deadline()
    {
        var periodic = new JobSource
        {
            Name = "steps",
            Arrivals = new Arrivals.Periodic(100 * TestHost.Millisecond, 0),
            Phases = [new JobPhase.Cpu(TestHost.Constant(2_000))],
            Deadline = 50 * TestHost.Millisecond,
        };

        var type = Assert.Single(Run(Scenario(0, 1, Jobs(periodic))).Of(SubjectKind.Class));

        // Ten came at 0, 100, ... 900 ms; the last was late at 950 ms, the first by 950 ms at the end.
        Assert.Equal((10, 0, 10, 10), (
            type[FigureNames.Arrivals], type[FigureNames.Completions], type[FigureNames.PresentAtEnd],
            type[FigureNames.DeadlineMisses]));
        Assert.Equal(950, type[FigureNames.TardinessMax]);
        Assert.Null(type[FigureNames.Mean(FigureNames.Response)]);
    }

    [Fact]
    public void Steal_and_wakes_are_those_of_the_measured_part()
    {
        var hog = new ScenarioGuest { Name = "hog", Count = 2, Load = new GuestLoad.Spin() };
        var result = Run(Scenario(1, 3, hog));

        Assert.All(result.Of(SubjectKind.Guest), guest =>
        {
            Assert.Equal(3_000, guest[FigureNames.CpuTime]!.Value + guest[FigureNames.StealTime]!.Value, 9);
            Assert.Equal(0.5, guest[FigureNames.CpuShare]!.Value, 1);
            Assert.Null(guest[FigureNames.Max(FigureNames.WakeToRun)]);
        });
        Assert.Equal(["hog-0", "hog-1"], result.Of(SubjectKind.Guest).Select(g => g.Subject.Guest));
    }

    [Fact]
    public void The_same_seed_gives_the_same_result_and_another_does_not()
    {
        var scenario = Scenario(1, 2, Jobs(TestHost.Open("j", TestHost.Exponential(3), TestHost.Exponential(2))));
        var (one, same, other) = (Run(scenario, 3), Run(scenario, 3), Run(scenario, 4));
        Assert.Equal(one.Measurements.SelectMany(m => m.Figures), same.Measurements.SelectMany(m => m.Figures));
        Assert.NotEqual(one.Measurements.SelectMany(m => m.Figures), other.Measurements.SelectMany(m => m.Figures));
    }

    [Fact]
    public void Progress_ends_at_1_and_a_run_can_be_ended_early()
    {
        var scenario = Scenario(1, 2, Jobs(TestHost.Open("j", TestHost.Exponential(3), TestHost.Exponential(2))));
        var shares = new List<double>();
        ScenarioRun.Execute(scenario, 1, shares.Add, TestContext.Current.CancellationToken);
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);

        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => ScenarioRun.Execute(scenario, 1, _ => stop.Cancel(), stop.Token));
    }

    [Fact]
    public void A_guest_that_cannot_do_its_work_ends_the_run()
    {
        var scenario = Scenario(0, 10, Jobs(TestHost.Open(
            "j", new Distribution.Constant(1_000), TestHost.Constant(1))));
        var overload = Assert.Throws<ScenarioOverloadException>(() => Run(scenario));
        Assert.Contains("most of them of class j of g", overload.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scheduler_that_runs_somebody_twice_is_found_out()
    {
        var kind = new SchedulerKind("twice", [], _ => new Twice());
        var scenario = Scenario(0, 1, new ScenarioGuest { Name = "g", Load = new GuestLoad.Spin() });
        var twice = scenario with
        {
            Hosts =
            [
                scenario.Hosts[0] with
                {
                    Hardware = TestHost.Cores(2),
                    Scheduler = new SchedulerChoice(kind, new Dictionary<string, long>()),
                },
            ],
        };
        var lost = Assert.Throws<ConservationException>(() => Run(twice));
        Assert.Contains(
            "host h: time of its cores and of its vCPUs do not agree", lost.Message, StringComparison.Ordinal);
    }

    private static SimulationResult Run(Scenario scenario, ulong seed = 1) =>
        ScenarioRun.Execute(scenario, seed, null, TestContext.Current.CancellationToken);

    private static ScenarioGuest Jobs(JobSource source) =>
        new() { Name = "g", Load = new GuestLoad.Jobs([source]) };

    private static Scenario Scenario(int warmupSeconds, int seconds, ScenarioGuest guest) => new()
    {
        Name = "test",
        Warmup = warmupSeconds * TestHost.Second,
        Duration = seconds * TestHost.Second,
        Hosts =
        [
            new ScenarioHost { Name = "h", Hardware = TestHost.Cores(1), Scheduler = FirstCome, Guests = [guest] },
        ],
    };

    /// <summary>Has every core run the same vCPU.</summary>
    private sealed class Twice : IVcpuScheduler
    {
        private SchedulerVcpu? only;
        private ISchedulerPort port = null!;

        public string Name => "twice";

        public void Attach(ISchedulerPort port, IReadOnlyList<SchedulerCore> cores) => this.port = port;

        public void Add(SchedulerVcpu vcpu) => only = vcpu;

        public void Remove(SchedulerVcpu vcpu) => only = null;

        public void Wake(SchedulerVcpu vcpu)
        {
            port.Reschedule(0);
            port.Reschedule(1);
        }

        public void Block(SchedulerVcpu vcpu)
        {
        }

        public void Yield(SchedulerVcpu vcpu)
        {
        }

        public SchedulingDecision Schedule(int core) => new(only, 10 * TestHost.Millisecond);

        public void TimerExpired(int timer)
        {
        }

        public void Save(StateWriter state)
        {
        }

        public void Restore(StateReader state)
        {
        }
    }
}
