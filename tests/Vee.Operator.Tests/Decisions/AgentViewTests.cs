using Vee.Operator.Decisions;
using Xunit;

namespace Vee.Operator.Tests.Decisions;

public sealed class AgentViewTests
{
    private static readonly AgentView Empty = new()
    {
        Name = "a1",
        Incarnation = "i1",
        Address = "127.0.0.1:1",
        MemoryBytesMax = 1,
        IsReachable = true,
        LastSeen = MachineCase.Now,
    };

    [Theory]
    // The answer to a stop comes after the report that the guest has ended.
    [InlineData(1, MachinePhase.Ended, 1, MachinePhase.Stopping, MachinePhase.Ended)]
    [InlineData(1, MachinePhase.Running, 1, MachinePhase.Stopping, MachinePhase.Stopping)]
    [InlineData(1, MachinePhase.Ended, 2, MachinePhase.Created, MachinePhase.Created)]
    [InlineData(2, MachinePhase.Created, 1, MachinePhase.Ended, MachinePhase.Created)]
    internal void A_machine_that_is_seen_late_changes_nothing(
        long knownInstance, MachinePhase known, long seenInstance, MachinePhase seen, MachinePhase expected)
    {
        var view = Empty.With(Machine(knownInstance, known)).With(Machine(seenInstance, seen));
        Assert.Equal(expected, view.Machines[MachineCase.Uid].Phase);
    }

    private static MachineView Machine(long instance, MachinePhase phase) => new()
    {
        Uid = MachineCase.Uid,
        Instance = instance,
        HostUid = "h1",
        Phase = phase,
    };

    [Fact]
    public void A_host_knows_since_when_its_time_stands()
    {
        var (now, later) = (MachineCase.Now, MachineCase.Now.AddSeconds(3));
        var view = MachineCase.Agent().With(Standing(now, "a")).With(Standing(later, "b"));
        Assert.Equal((now, "b"), (view.Hosts["h"].Time.Since, view.Hosts["h"].Time.Message));
        view = view.With(new HostView("h", "h", 1) { Time = new(HostTimePhase.Passes, "", later) })
            .With(Standing(later, "c"));
        Assert.Equal(later, view.Hosts["h"].Time.Since);
    }

    private static HostView Standing(DateTimeOffset since, string message) =>
        new("h", "h", 1) { Time = new HostTimeView(HostTimePhase.Stands, message, since) };
}
