using System.Diagnostics;
using Vee.Api.Migrations;
using Vee.Operator.Acting;
using Vee.Operator.Decisions.Migrations;
using Vee.Operator.Tests.Decisions;
using Vee.Operator.Tests.Decisions.Migrations;
using Vee.Tests.Shared;
using Xunit;
using MigrationFailure = Vee.Api.Migrations.MigrationFailure;

namespace Vee.Operator.Tests.Acting;

/// <summary>When the root of a migration's trace is written, and what it says.</summary>
public sealed class MigrationTraceTests : IDisposable
{
    private readonly SpanListener listener = new();

    public void Dispose() => listener.Dispose();

    [Fact]
    public void The_end_writes_the_span_that_agents_were_told_of_from_the_first_attempt_to_now()
    {
        var input = new MigrationCase().Said(2, MigrationPhases.Committed).At(TimeSpan.FromSeconds(3.5)).Input();

        MigrationTrace.WriteIfOver(input, After(input, MigrationPhases.Succeeded));

        var root = Assert.Single(listener.Spans);
        Assert.Equal(MigrationTrace.ParentOf(input.Migration), root.Id);
        Assert.Equal(default, root.ParentSpanId);
        Assert.Equal(ActivityStatusCode.Unset, root.Status);
        Assert.Equal((MachineCase.Now.UtcDateTime, TimeSpan.FromSeconds(3.5)), (root.StartTimeUtc, root.Duration));
        Assert.Equal("u-move", root.GetTagItem("vee.migration.uid"));
        Assert.Equal(2, root.GetTagItem("vee.migration.attempts"));
    }

    [Theory]
    [InlineData(MigrationPhases.Failed)]
    [InlineData(MigrationPhases.Aborted)]
    public void A_migration_that_came_to_nothing_says_why(string phase)
    {
        var input = new MigrationCase().Said(1, MigrationPhases.Copying).Input();
        var failure = new MigrationFailure { Reason = "LinkLost", Message = "a sentence with names" };

        MigrationTrace.WriteIfOver(input, After(input, phase) with { Failure = failure });

        var root = Assert.Single(listener.Spans);
        Assert.Equal((ActivityStatusCode.Error, "LinkLost"), (root.Status, root.StatusDescription));
    }

    [Theory]
    [InlineData(MigrationPhases.Copying, MigrationPhases.Committed)]
    [InlineData(MigrationPhases.Copying, MigrationPhases.Pending)]
    [InlineData(MigrationPhases.Succeeded, MigrationPhases.Succeeded)]
    public void Neither_progress_nor_what_follows_the_end_writes_one(string before, string after)
    {
        var input = new MigrationCase().Said(1, before).Input();

        MigrationTrace.WriteIfOver(input, After(input, after));

        Assert.Empty(listener.Spans);
    }

    [Fact]
    public void Agents_are_told_of_no_trace_while_nobody_listens()
    {
        var migration = new MigrationCase().Input().Migration;
        Assert.NotNull(MigrationTrace.ParentOf(migration));

        listener.Dispose();

        Assert.Null(MigrationTrace.ParentOf(migration));
    }

    private static VirtualMachineMigrationStatus After(MigrationInput input, string phase) =>
        input.Status with { Phase = phase };
}
