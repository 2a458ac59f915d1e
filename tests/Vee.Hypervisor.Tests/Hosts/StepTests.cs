using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hardware;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scheduling;
using Xunit;

namespace Vee.Hypervisor.Tests.Hosts;

public sealed class StepTests
{
    private static readonly HardwareProfile Costly = TestHost.Cores(1) with
    {
        Costs = new CostProfile { ContextSwitch = new Cost(5_000) },
    };

    /// <summary>A slice ends while the core still turns to a vCPU whose job has no work.</summary>
    [Fact]
    public void A_job_without_work_may_be_preempted_while_its_core_turns_to_it()
    {
        var host = TestHost.Of(Costly, new FirstComeScheduler(2_000));
        host.Add("hog", new SpinningGuest(1), new GuestShare());
        var work = HostWork.AddTo(host, 1, new GuestShare());
        work.Queue(0);
        host.RunUntil(TestHost.Millisecond);
    }

    /// <summary>A vCPU that was woken for a job that another one took, or for one without work; Xen's scheduler of 2009
    /// preempts for whoever wakes.</summary>
    [Theory]
    [InlineData("credit", 0)]
    [InlineData("credit", 2)]
    [InlineData("credit-2009", 0)]
    [InlineData("credit-2009", 2)]
    public void Schedulers_of_the_repository_may_preempt_while_a_core_turns(string policy, long work)
    {
        var kind = SchedulerKinds.Named(policy)!;
        var host = TestHost.Of(Costly, kind.Create(kind.Options.ToDictionary(o => o.Name, o => o.Standard)));
        host.Add("jobs", new JobServer(3,
            [TestHost.Open("a", new Distribution.Exponential(15_000), new Distribution.Constant(work))]),
            new GuestShare());
        host.Add("others", new JobServer(2,
            [TestHost.Open("b", new Distribution.Exponential(300_000), new Distribution.Exponential(30_000))]),
            new GuestShare());
        host.RunUntil(TestHost.Second);
    }

    [Fact]
    public void A_thief_may_be_preempted_while_its_core_turns_to_it()
    {
        var host = TestHost.Of(Costly, new FirstComeScheduler(2_000));
        host.Add("hog", new SpinningGuest(1), new GuestShare());
        host.Add("thief", new TickThief(10_000, 4_000), new GuestShare());
        host.RunUntil(TestHost.Second);
    }

    /// <summary>time.md: policies that are compared see the same services.</summary>
    [Fact]
    public void The_same_job_has_the_same_services_whoever_serves_it()
    {
        Assert.Equal(Longest(1), Longest(2));

        static (long, long, Int128) Longest(int vcpus)
        {
            var host = TestHost.Of(TestHost.Cores(2));
            var server = new JobServer(vcpus,
            [
                new JobSource
                {
                    Name = "j",
                    Arrivals = new Arrivals.At([.. Enumerable.Range(0, 100).Select(n => n * 1_000L)]),
                    Phases =
                    [
                        new JobPhase.Cpu(TestHost.Exponential(1)), new JobPhase.Sleep(TestHost.Exponential(1)),
                        new JobPhase.Cpu(TestHost.Exponential(1)),
                    ],
                },
            ]);
            host.Add("g", server, new GuestShare());
            host.RunUntil(10 * TestHost.Second);
            var service = server.Classes[0].Service;
            return (service.Min, service.Max, service.Sum);
        }
    }

    [Fact]
    public void What_comes_after_the_end_of_time_never_comes()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        host.RunUntil(TestHost.Second);
        var server = new JobServer(1, [new JobSource
        {
            Name = "late",
            Arrivals = new Arrivals.At([long.MaxValue - 5]),
            Phases = [new JobPhase.Sleep(TestHost.Constant(1))],
        }]);
        host.Add("g", server, new GuestShare());
        host.RunUntil(2 * TestHost.Second);
        Assert.Equal(0, server.Classes[0].Meter.Arrivals);
    }

    [Fact]
    public void A_period_may_reach_beyond_the_end_of_time()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        host.Add("g", new JobServer(1, [new JobSource
        {
            Name = "rare",
            Arrivals = new Arrivals.Periodic((long.MaxValue / 2) + 2, 0),
            Phases = [new JobPhase.Sleep(TestHost.Constant(1))],
        }]), new GuestShare());
        host.RunUntil(long.MaxValue - 1);
    }

    [Fact]
    public void A_thief_may_sleep_beyond_the_end_of_time()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        host.Add("thief", new TickThief(long.MaxValue / 2, 100), new GuestShare());
        host.RunUntil(long.MaxValue - 1);
    }

    [Theory]
    [InlineData("period")]
    [InlineData("gap")]
    [InlineData("think")]
    public void Endless_arrivals_at_one_instant_are_refused(string which)
    {
        var zero = new Distribution.Constant(0);
        Arrivals arrivals = which switch
        {
            "period" => new Arrivals.Periodic(0, 0),
            "gap" => new Arrivals.Open(zero),
            _ => new Arrivals.Closed(1, zero),
        };
        // Either somebody says that it is impossible, or time goes on.
        var run = Task.Run(() =>
        {
            var host = TestHost.Of(TestHost.Cores(1));
            try
            {
                host.Add("g", new JobServer(1, [new JobSource
                {
                    Name = "j", Arrivals = arrivals, Phases = [new JobPhase.Cpu(zero)],
                }]), new GuestShare());
            }
            catch (ArgumentException)
            {
                return;
            }

            host.RunUntil(1_000);
        }, TestContext.Current.CancellationToken);
#pragma warning disable xUnit1031
        Assert.True(run.Wait(3_000, TestContext.Current.CancellationToken), "time stands still");
#pragma warning restore xUnit1031
    }

    /// <summary>Names are joined to name a stream of random numbers: each entity has one of its own.</summary>
    [Fact]
    public void Names_with_slashes_are_refused()
    {
        var host = TestHost.Of(TestHost.Cores(1));
        Assert.Throws<ArgumentException>(
            () => new JobServer(1, [TestHost.Open("b/c", TestHost.Exponential(1), TestHost.Exponential(0.1))]));
        Assert.Throws<ArgumentException>(() => host.Add("a/b", new SpinningGuest(1), new GuestShare()));
    }
}
