using System.Diagnostics;
using Grpc.Core;
using Vee.Agent.Tests.Racks;
using Vee.Agent.Tests.Support;
using Vee.Protocol;
using Vee.Tests.Shared;
using Xunit;
using static Vee.Agent.Tests.Migrations.MigrationCalls;
using static Vee.Agent.Tests.Racks.RackCalls;
using static Vee.Agent.Tests.Support.MachineCalls;

namespace Vee.Agent.Tests.Migrations;

/// <summary>What agents write of migrations into the traces of their callers.</summary>
public sealed class TraceTests : IAsyncDisposable
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Caller = "00f067aa0ba902b7";

    private readonly TestRack rack = new();
    private readonly SpanListener listener = new();

    private IReadOnlyCollection<Activity> Spans => listener.Spans;

    public ValueTask DisposeAsync()
    {
        listener.Dispose();
        return rack.DisposeAsync();
    }

    [Fact]
    public async Task A_move_that_is_given_up_ends_the_phases_that_it_was_in_with_the_reason()
    {
        var member = await JoinedAsync();
        var request = await WriterAsync(member);
        var slow = Moving(request, "b");
        slow.Options = new MigrationOptions { BitsPerSecondMax = 10_000_000, DowntimeMaxVirtualNs = 1_000_000 };
        await BeginAsync(member, request, slow, $"00-{Trace}-{Caller}-01");
        await Wait.ForAsync(
            async () => (await member.Client.InspectAsync()).Phase == MigrationPhase.Copying, "pages are copied");

        await member.Client.CancelAsync();

        await Wait.ForAsync(() => Task.FromResult(Spans.Count == 3), "both sides have told");
        Assert.Equal(
            [
                ("copy", ActivityStatusCode.Error, "Cancelled"), ("prepare", ActivityStatusCode.Unset, null),
                ("receive", ActivityStatusCode.Error, "Cancelled"),
            ],
            Spans.OrderBy(s => s.OperationName).Select(s => (s.OperationName, s.Status, s.StatusDescription)));
        Assert.All(Spans, s => Assert.Equal((Trace, Caller), (s.TraceId.ToHexString(), s.ParentSpanId.ToHexString())));
    }

    [Fact]
    public async Task Pages_that_follow_are_a_span_of_the_source_from_the_end_of_the_stop()
    {
        var member = await JoinedAsync();
        var request = await WriterAsync(member);
        var move = Moving(request, "b");
        move.Options = new MigrationOptions { Mode = MigrationMode.PostCopy, BitsPerSecondMax = 50_000_000 };
        await BeginAsync(member, request, move, $"00-{Trace}-{Caller}-01");

        AssertDone(await member.Client.AwaitMigrationAsync());

        await Wait.ForAsync(
            () => Task.FromResult(Spans.Any(s => s.OperationName == "post-copy")), "the source has told");
        var (stop, followed) = (Span("stop"), Span("post-copy"));
        Assert.Equal(stop.StartTimeUtc + stop.Duration, followed.StartTimeUtc);
        Assert.Equal((Trace, Caller), (followed.TraceId.ToHexString(), followed.ParentSpanId.ToHexString()));
        Assert.Equal("source", followed.GetTagItem("vee.migration.role"));
        Assert.Equal(ActivityStatusCode.Unset, followed.Status);
        Assert.True((long)followed.GetTagItem(MigrationTracing.VirtualMicroseconds)! > 10_000);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData($"00-{Trace}-0000000000000000-01")]
    [InlineData($"00-{Trace}-{Caller}")]
    [InlineData($"00-{Trace}-{Caller}-00")]
    public async Task A_machine_moves_without_a_trace_where_its_caller_names_none(string? header)
    {
        var member = await JoinedAsync();
        var request = await WriterAsync(member);

        await BeginAsync(member, request, Moving(request, "b"), header);

        AssertDone(await member.Client.AwaitMigrationAsync());
        Assert.Empty(Spans);
    }

    private Activity Span(string name) => Assert.Single(Spans, s => s.OperationName == name);

    private static async Task BeginAsync(
        TestRack.Member member, CreateMachineRequest machine, MigrateMachineRequest move, string? header)
    {
        var headers = new Metadata();
        if (header is not null)
        {
            headers.Add(CallHeaders.TraceParent, header);
        }

        await member.Client.ExpectMachineAsync(Expecting(machine, "b"), headers, cancellationToken: TestAgent.Token);
        await member.Client.MigrateMachineAsync(move, headers, cancellationToken: TestAgent.Token);
    }

    private static async Task<CreateMachineRequest> WriterAsync(TestRack.Member member)
    {
        var (request, _) = await RunAsync(member, "a", Repository.Guest("writer"), asked =>
        {
            asked.MemoryBytes = 64 * MebiByte;
            asked.Arguments.AddRange(["--memory", "4M", "--seconds", "100", "--pattern", "random-words"]);
        });
        return request;
    }

    private async Task<TestRack.Member> JoinedAsync()
    {
        var member = await rack.StartAsync("left");
        await member.Client.CreateHostAsync("a");
        await member.Client.CreateHostAsync("b");
        await SetAsync(TestRack.PlanOf(1, Wire, (member.Name, member.Address, ["a", "b"])), member);
        return member;
    }
}
