using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Hosts;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scheduling;
using Vee.Hypervisor.Scheduling.Credit;
using Xunit;

namespace Vee.Hypervisor.Tests.Hosts;

/// <summary>Stations that mathematics has solved.</summary>
public sealed class QueueingTests
{
    private const int SeedCount = 10;

    /// <summary>Student's t, 99.9 % two-sided, 9 degrees of freedom.</summary>
    private const double T999 = 4.781;

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(1, 0.9)]
    [InlineData(2, 0.8)]
    [InlineData(4, 0.7)]
    [InlineData(8, 0.9)]
    public void Poisson_arrivals_and_exponential_service_wait_as_in_M_M_c(int cores, double load)
    {
        const double ServiceMs = 1;
        var gap = TestHost.Exponential(ServiceMs / (cores * load));
        var wait = ErlangC(cores, load) * ServiceMs / (cores * (1 - load));
        AssertWait(wait, cores, gap, TestHost.Exponential(ServiceMs));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Poisson_arrivals_and_equal_service_wait_as_in_M_D_1(double load) => AssertWait(
        load / (2 * (1 - load)), 1, TestHost.Exponential(1 / load), TestHost.Constant(1));

    [Theory]
    [InlineData(0.7, 4)]
    public void Poisson_arrivals_and_scattered_service_wait_as_Pollaczek_and_Khinchine_say(
        double load, double squaredVariation) => AssertWait(
        load * (1 + squaredVariation) / (2 * (1 - load)), 1, TestHost.Exponential(1 / load),
        new Distribution.HyperExponential(squaredVariation, TestHost.Millisecond));

    [Fact]
    public void Clients_that_think_wait_as_in_the_machine_repairman_model()
    {
        // 5 clients, think 10 ms, service 4 ms, one core: from the balance equations.
        const int Clients = 5;
        const double Ratio = 4.0 / 10;
        var weights = new double[Clients + 1];
        weights[0] = 1;
        for (var n = 1; n <= Clients; n++)
        {
            weights[n] = weights[n - 1] * (Clients - n + 1) * Ratio;
        }

        var utilisation = 1 - (weights[0] / weights.Sum());
        var response = (Clients / (utilisation / 4)) - 10;
        var means = Enumerable.Range(1, SeedCount).Select(seed => Run(
            1, TestHost.Closed("c", Clients, TestHost.Exponential(10), TestHost.Exponential(4)), (ulong)seed)
            .Response.Mean / TestHost.Millisecond).ToList();
        AssertWithin(response, means);
    }

    /// <summary>A scheduler that lets no core idle beside work changes nothing here.</summary>
    [Theory]
    [InlineData(false, 4, 0.7)]
    [InlineData(true, 4, 0.7)]
    [InlineData(false, 1, 0.8)]
    [InlineData(true, 2, 0.9)]
    public void Credit_keeps_to_M_M_c(bool isOf2009, int cores, double load) => AssertWait(
        ErlangC(cores, load) / (cores * (1 - load)), cores, TestHost.Exponential(1 / (cores * load)),
        TestHost.Exponential(1), () => new CreditScheduler(isOf2009 ? CreditOptions.Of2009 : CreditOptions.Modern));

    private static void AssertWait(
        double expectedMs, int cores, Distribution gap, Distribution work, Func<IVcpuScheduler>? scheduler = null)
    {
        var means = Enumerable.Range(1, SeedCount).Select(seed =>
            Run(cores, TestHost.Open("jobs", gap, work), (ulong)seed, scheduler?.Invoke())
                .Wait.Mean / TestHost.Millisecond).ToList();
        AssertWithin(expectedMs, means);
    }

    private static void AssertWithin(double expected, List<double> means)
    {
        var mean = means.Average();
        var deviation = Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (means.Count - 1));
        var half = T999 * deviation / Math.Sqrt(means.Count);
        Assert.True(
            Math.Abs(mean - expected) <= half, $"{mean:0.0000} ± {half:0.0000} ms, {expected:0.0000} expected");
        Assert.True(half < 0.15 * expected, $"an interval of ± {half:0.0000} about {expected:0.0000} says too little");
    }

    private static JobClass Run(int cores, JobSource source, ulong seed, IVcpuScheduler? scheduler = null)
    {
        var host = TestHost.Of(TestHost.Cores(cores), scheduler, seed);
        var server = new JobServer(cores, [source]);
        host.Add("g", server, new GuestShare());
        host.RunUntil(20 * TestHost.Second);
        server.Classes[0].ResetMeters(host.Now);
        host.RunUntil(220 * TestHost.Second);
        TestHost.AssertConserved(host);
        return server.Classes[0];
    }

    /// <summary>The chance to find all servers busy.</summary>
    private static double ErlangC(int servers, double load)
    {
        var offered = servers * load;
        var term = 1.0;
        var sum = 1.0;
        for (var n = 1; n < servers; n++)
        {
            term *= offered / n;
            sum += term;
        }

        var all = term * offered / servers / (1 - load);
        return all / (sum + all);
    }
}
