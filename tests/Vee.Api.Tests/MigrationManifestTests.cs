using System.Text.Json.Nodes;
using Vee.Api.Migrations;
using Xunit;

namespace Vee.Api.Tests;

public sealed class MigrationManifestTests
{
    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"spec":{"ladder":[]}}""")]
    [InlineData("""{"spec":{"ladder":["Abort"],"mode":"PostCopy","codec":"xbzrle"}}""")]
    [InlineData("""{"spec":{"selector":{"app":""},"priority":1000}}""")]
    [InlineData("""{"spec":{"bandwidth":"999Tbit/s","completionTimeoutVirtualSeconds":0}}""")]
    [InlineData("""{"spec":{"without":{"baseImages":true}}}""")]
    public void Policy_is_accepted(string change) => Assert.Empty(Admission.Create(Manifests.Policy(change)));

    [Theory]
    [InlineData("""{"spec":{"mode":"Precopy"}}""", "spec.mode")]
    [InlineData("""{"spec":{"codec":"gzip"}}""", "spec.codec")]
    [InlineData("""{"spec":{"bandwidth":"50M"}}""", "spec.bandwidth")]
    [InlineData("""{"spec":{"maxDowntimeVirtualMs":0}}""", "spec.maxDowntimeVirtualMs")]
    [InlineData("""{"spec":{"progressTimeoutVirtualSeconds":0}}""", "spec.progressTimeoutVirtualSeconds")]
    [InlineData("""{"spec":{"streams":65}}""", "spec.streams")]
    [InlineData("""{"spec":{"ladder":["Abort","Abort"]}}""", "spec.ladder")]
    [InlineData("""{"spec":{"ladder":["Faster"]}}""", "spec.ladder[0]")]
    [InlineData("""{"spec":{"retry":{"attempts":0}}}""", "spec.retry.attempts")]
    [InlineData("""{"spec":{"priority":1001}}""", "spec.priority")]
    [InlineData("""{"spec":{"without":{"pages":true}}}""", "spec.without")]
    public void Policy_is_refused(string change, string field) =>
        Assert.Contains(field, Admission.Create(Manifests.Policy(change))[0], StringComparison.Ordinal);

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"spec":{"target":{"hostName":"host-2"},"policyName":"streams","deadlineWallSeconds":1}}""")]
    [InlineData("""{"spec":{"policy":{"mode":"StopAndCopy"},"abort":true}}""")]
    public void Migration_is_accepted(string change) => Assert.Empty(Admission.Create(Manifests.Migration(change)));

    [Theory]
    [InlineData("""{"spec":{"virtualMachineName":null}}""", "spec.virtualMachineName")]
    [InlineData("""{"spec":{"virtualMachineName":"Kvstore"}}""", "spec.virtualMachineName")]
    [InlineData("""{"spec":{"policyName":"streams","policy":{}}}""", "give policyName or policy, not both")]
    [InlineData("""{"spec":{"policy":{"selector":{"a":"b"}}}}""", "selector")]
    [InlineData("""{"spec":{"deadlineWallSeconds":0}}""", "spec.deadlineWallSeconds")]
    public void Migration_is_refused(string change, string expected) => Assert.Contains(
        expected, Admission.Create(Manifests.Migration(change))[0], StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"spec":{"abort":true}}""")]
    [InlineData("""{"metadata":{"labels":{"a":"b"}}}""")]
    public void A_migration_can_be_given_up_and_labelled(string change) =>
        Assert.Empty(Admission.Update(Manifests.Migration(change), Manifests.Migration()));

    [Theory]
    [InlineData("""{"spec":{"virtualMachineName":"hello"}}""", "spec.virtualMachineName")]
    [InlineData("""{"spec":{"target":{"hostName":"host-2"}}}""", "spec.target")]
    [InlineData("""{"spec":{"policyName":"streams"}}""", "spec.policyName")]
    [InlineData("""{"spec":{"policy":{}}}""", "spec.policy")]
    [InlineData("""{"spec":{"deadlineWallSeconds":5}}""", "spec.deadlineWallSeconds")]
    public void Nothing_else_of_a_migration_can_be_changed(string change, string field)
    {
        foreach (var (after, before) in new[] { (change, "{}"), ("{}", change) })
        {
            var error = Assert.Single(Admission.Update(Manifests.Migration(after), Manifests.Migration(before)));
            Assert.StartsWith($"{field}: ", error, StringComparison.Ordinal);
            Assert.Contains("cannot be changed but for abort", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Complete_statuses_are_accepted()
    {
        AssertAccepted(Manifests.Policy(), Fields.Json(CompleteMigration.Policy().Status!));
        AssertAccepted(Manifests.Migration(), Fields.Json(CompleteMigration.Migration().Status!));
    }

    [Theory]
    [InlineData(MigrationPhases.Succeeded, true)]
    [InlineData(MigrationPhases.Failed, true)]
    [InlineData(MigrationPhases.Aborted, true)]
    [InlineData(MigrationPhases.Committed, false)]
    [InlineData(MigrationPhases.Pending, false)]
    [InlineData(null, false)]
    public void Of_phases_three_are_final(string? phase, bool isFinal) =>
        Assert.Equal(isFinal, MigrationPhases.IsFinal(phase));

    private static void AssertAccepted(JsonObject before, string status)
    {
        var after = before.DeepClone().AsObject();
        after["status"] = JsonNode.Parse(status);
        Assert.Empty(Admission.UpdateStatus(after, before));
    }
}
