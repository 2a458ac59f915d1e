using System.Text.Json.Nodes;
using Vee.Api.VirtualMachines;
using Xunit;

namespace Vee.Api.Tests;

public sealed class ChangeTests
{
    private const string Unset = """{"spec":{"machine":null}}""";
    private const string Empty = """{"spec":{"machine":{}}}""";
    private const string Process = """{"spec":{"machine":{"type":"Process"}}}""";
    private const string System = """{"spec":{"machine":{"type":"System"}}}""";
    private const string Bound = """{"status":{"agent":{"name":"agent-1","incarnation":"i-1"}}}""";

    [Theory]
    [InlineData(Unset, Process)]
    [InlineData(Process, Unset)]
    [InlineData(Unset, Empty)]
    [InlineData(Empty, Process)]
    [InlineData(System, System)]
    public void Machine_type_may_be_spelled_out_or_left_out(string before, string after) =>
        Assert.Empty(Admission.Update(Manifests.Machine(after), Manifests.Machine(before)));

    [Theory]
    [InlineData(Process, System)]
    [InlineData(System, Process)]
    [InlineData(System, Unset)]
    [InlineData(Unset, System)]
    [InlineData(Empty, System)]
    [InlineData(System, Empty)]
    public void Machine_type_cannot_be_changed(string before, string after)
    {
        var error = Assert.Single(Admission.Update(Manifests.Machine(after), Manifests.Machine(before)));
        Assert.StartsWith("spec.machine.type: ", error, StringComparison.Ordinal);
        Assert.Contains("the type of a machine cannot be changed", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"spec":{"memory":{"size":"256Mi"}}}""")]
    [InlineData("""{"spec":{"source":{"image":{"builtin":"hello"}}}}""")]
    [InlineData("""{"spec":{"runStrategy":"Halted"}}""")]
    [InlineData("""{"spec":{"paused":true}}""")]
    [InlineData("""{"spec":{"placement":{"hostName":"host-2"}}}""")]
    public void Everything_else_of_a_machine_can_be_changed(string change) =>
        Assert.Empty(Admission.Update(Manifests.Machine(change), Manifests.Machine()));

    [Theory]
    [InlineData("""{"spec":{"hardware":{"memory":{"size":"2Gi"}}}}""")]
    [InlineData("""{"spec":{"hardware":{"cores":[{"name":"big","count":3}]}}}""")]
    [InlineData("""{"spec":{"hardware":{"cores":[{"name":"big","count":2,"frequencyMHz":1000}]}}}""")]
    public void Hardware_of_a_bound_host_cannot_be_changed(string change)
    {
        var bound = Manifests.Host(Bound);
        var changed = Manifests.Host(change);
        changed["status"] = bound["status"]!.DeepClone();
        var error = Assert.Single(Admission.Update(changed, bound));
        Assert.StartsWith("spec.hardware: ", error, StringComparison.Ordinal);
        Assert.Contains("bound to an agent cannot be changed", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scheduler", """{"policy":"credit"}""")]
    [InlineData("time", """{"mode":"Paced"}""")]
    [InlineData("seed", "0")]
    public void What_a_bound_host_was_made_with_cannot_be_changed(string field, string value)
    {
        var bound = Manifests.Host(Bound);
        var changed = Manifests.Host($$$"""{"spec":{"{{{field}}}":{{{value}}}}}""");
        changed["status"] = bound["status"]!.DeepClone();
        var error = Assert.Single(Admission.Update(changed, bound));
        Assert.StartsWith($"spec.{field}: ", error, StringComparison.Ordinal);
        Assert.Contains("bound to an agent cannot be changed", error, StringComparison.Ordinal);
        Assert.Single(Admission.Update(bound, changed));
        Assert.Empty(Admission.Update(changed, changed));
    }

    [Fact]
    public void Links_of_a_bound_host_can_be_changed() => Assert.Empty(Admission.Update(
        Manifests.Host("""
            {"spec":{"links":[{"to":"host-2"}]},"status":{"agent":{"name":"agent-1","incarnation":"i-1"}}}
            """),
        Manifests.Host(Bound)));

    [Fact]
    public void Hardware_of_a_host_without_an_agent_can_be_changed() => Assert.Empty(Admission.Update(
        Manifests.Host("""{"spec":{"hardware":{"memory":{"size":"2Gi"}}}}"""), Manifests.Host()));

    [Fact]
    public void A_bound_host_can_be_drained_and_declared_lost() => Assert.Empty(Admission.Update(
        Manifests.Host("""
            {"spec":{"unschedulable":true,"outOfService":true},
             "status":{"agent":{"name":"agent-1","incarnation":"i-1"}}}
            """),
        Manifests.Host(Bound)));

    [Fact]
    public void Complete_status_of_a_machine_is_accepted() =>
        AssertAccepted(Manifests.Machine(), Fields.Json(Complete.Machine().Status!));

    [Fact]
    public void Complete_status_of_a_host_is_accepted() =>
        AssertAccepted(Manifests.Host(), Fields.Json(Complete.Host().Status!));

    [Fact]
    public void Texts_that_were_cut_are_accepted()
    {
        const int TooLong = 100_000;
        var status = Complete.Machine().Status! with
        {
            LastTermination = new TerminationStatus
            {
                Symbol = StatusText.Cut(new string('s', TooLong), StatusText.SymbolLength),
                Message = StatusText.Cut(new string('m', TooLong), StatusText.MessageLength),
            },
        };
        AssertAccepted(Manifests.Machine(), Fields.Json(status));
    }

    private static void AssertAccepted(JsonObject before, string status)
    {
        var after = before.DeepClone().AsObject();
        after["status"] = JsonNode.Parse(status);
        Assert.Empty(Admission.UpdateStatus(after, before));
    }
}
