using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.Operator.Decisions;
using Vee.Operator.Decisions.Machines;
using Xunit;

namespace Vee.Operator.Tests.Decisions;

public sealed class AddressingTests
{
    [Fact]
    public void A_claim_has_the_lowest_address_that_nobody_has_or_asks_for()
    {
        var plan = new MachineCase().Taken("10.64.0.1", "default/a").Taken("10.64.0.3", "other/b")
            .AskedByAnother("10.64.0.2").Decide();
        Assert.Equal((true, "10.64.0.4"), (plan.IsClaim, plan.Status.Network?.Address));
        Assert.IsType<MachineStep.Create>(plan.Step);
    }

    [Fact]
    public void Lowest_means_by_number()
    {
        var given = new MachineCase();
        for (var last = 1; last < 300; last++)
        {
            given.Taken($"10.64.{last / 256}.{last % 256}", "default/a");
        }

        Assert.Equal("10.64.1.44", given.Decide().Status.Network?.Address);
    }

    [Fact]
    public void A_machine_keeps_its_address_from_start_to_start()
    {
        var had = new MachineCase().Status(s => s with { Network = new NetworkStatus { Address = "10.64.0.7" } });
        Assert.Equal("10.64.0.7", had.Decide().Status.Network?.Address);
        Assert.Equal("10.64.0.7", had.Strategy("Halted").Decide().Status.Network?.Address);
    }

    [Fact]
    public void An_address_that_the_spec_asks_for_is_had_or_not_at_all()
    {
        var free = Asking("10.0.0.9").Status(s => s with { Network = new NetworkStatus { Address = "10.64.0.7" } });
        Assert.Equal("10.0.0.9", free.Decide().Status.Network?.Address);
        var taken = Asking("10.0.0.9").Taken("10.0.0.9", "machine default/a").Decide();
        Assert.Equal((false, null), (taken.IsClaim, taken.Step));
        Assert.Equal((Reasons.AddressTaken, true), (taken.Conditions.PrintableStatus, taken.Conditions.IsStalled));
        Assert.Equal(
            "machine default/a has the address 10.0.0.9: ask for another one, or for none",
            taken.Conditions.Ready.Message);
        Assert.NotNull(taken.RequeueAfter);
    }

    [Fact]
    public void A_claim_without_an_address_gets_one_before_the_machine_is_made()
    {
        var plan = new MachineCase().Claimed().Status(s => s with { Network = null }).Decide();
        Assert.Equal((true, null, "10.64.0.1"), (plan.IsClaim, plan.Step, plan.Status.Network?.Address));
        Assert.Equal(1, plan.Status.Instance);
    }

    [Fact]
    public void A_claim_whose_address_was_given_away_twice_gets_another_one()
    {
        var plan = new MachineCase().Claimed().Taken("10.64.0.9", "default/a").Decide();
        Assert.Equal((true, null, "10.64.0.1"), (plan.IsClaim, plan.Step, plan.Status.Network?.Address));
    }

    [Fact]
    public void A_claim_is_given_up_when_the_spec_asks_for_another_address()
    {
        Assert.Equal(new MachineStep.Delete(1), Asking("10.0.0.9").Claimed().Decide().Step);
        var taken = Asking("10.64.0.9").Claimed().Taken("10.64.0.9", "default/a").Decide();
        Assert.Equal(new MachineStep.Delete(1), taken.Step);
        Assert.Equal(Reasons.AddressTaken, taken.Conditions.Ready.Reason);
    }

    [Theory]
    [InlineData("10.64.0.1", 0x0A400001u)]
    [InlineData("10.255.1.2", 0x0AFF0102u)]
    public void Agents_know_addresses_by_number(string address, uint number) =>
        Assert.Equal(number, Addressing.Number(address));

    [Fact]
    public void An_address_or_a_share_that_changed_takes_effect_at_the_next_start()
    {
        foreach (var change in new Func<VirtualMachineSpec, VirtualMachineSpec>[]
        {
            s => s with { Network = new NetworkSpec { Address = "10.0.0.9" } },
            s => s with { Scheduling = new SchedulingSpec { Weight = 512 } },
            s => s with { Scheduling = new SchedulingSpec { CapPercent = 50 } },
        })
        {
            var plan = new MachineCase().Claimed().OnAgent(MachinePhase.Running).With(change).Decide();
            Assert.Equal("True", plan.Conditions.RestartRequired.Status);
        }
    }

    [Fact]
    public void What_a_spec_does_not_say_does_not_count_as_a_change()
    {
        // Instances of before these fields would otherwise have to be restarted.
        var spec = StartSpec.Of(
            new VirtualMachineSpec { Memory = new MemorySpec { Size = "64Mi" } }, "sha256:0", "hello");
        Assert.Equal("97eec88161603455", spec.Hash());
    }

    private static MachineCase Asking(string address) =>
        new MachineCase().With(s => s with { Network = new NetworkSpec { Address = address } });
}
