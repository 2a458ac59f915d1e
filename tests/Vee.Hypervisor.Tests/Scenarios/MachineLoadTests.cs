using Vee.Hypervisor.Guests;
using Vee.Hypervisor.Randomness;
using Vee.Hypervisor.Scenarios;
using Vee.Hypervisor.Tests.Guests;
using Xunit;

namespace Vee.Hypervisor.Tests.Scenarios;

public sealed class MachineLoadTests
{
    [Fact]
    public void The_seed_of_a_machine_is_of_the_run_and_of_its_name()
    {
        ulong[] seeds = [SeedOf(1, "h/a"), SeedOf(1, "h/b"), SeedOf(2, "h/a")];
        Assert.Equal(3, seeds.Distinct().Count());
        Assert.Equal(seeds[0], SeedOf(1, "h/a"));
    }

    [Fact]
    public void What_runs_do_not_agree_about_is_nothing_of_all_of_them()
    {
        var subject = new MeasuredSubject(SubjectKind.Machine, "h", "g");
        var summary = ScenarioSummary.Of(
        [
            new(1, [new(subject, []) { Facts = [new("state", "exited"), new("digest", "1")] }]),
            new(2, [new(subject, []) { Facts = [new("state", "exited"), new("digest", "2")] }]),
        ]);
        Assert.Equal(
            [new Fact("state", "exited"), new Fact("digest", null)], Assert.Single(summary.Measurements).Facts);
    }

    private static ulong SeedOf(ulong seed, string entity)
    {
        var load = new MachineLoad(
            new ScenarioProgram("bin/hello", TestMachine.Program("bin/hello")), 1, TestMachine.BytesOfMemory);
        using var machine = (MachineGuest)load.Create(1, new RandomStream(seed, entity));
        return machine.Machine.Options.Seed;
    }
}
