using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>
/// "Who may execute" (docs/migration.md): every order of events of a small world in which the engine's own classes
/// decide what source and target may do.
/// </summary>
public sealed class ProtocolModelTests(ITestOutputHelper output)
{
    public static TheoryData<string> Rules => [.. Enum.GetNames<BrokenRule>().Skip(1)];

    [Fact]
    public void Whatever_happens_one_executes_at_most_and_it_has_all_that_was_written()
    {
        var (found, states) = Explore(BrokenRule.None);
        output.WriteLine($"{states.Count} states");
        Assert.Null(found);
        Assert.InRange(states.Count, 10_000, 10_000_000);
        // What the model is about does happen in it.
        Assert.Contains(states, state => state.TargetExecutes && state.Acknowledged > state.ReceivedMemory);
        Assert.Contains(states, state => state.SourceExecutes && state.IsSourceOver && state.ReceivedMemory > 0);
        Assert.Contains(states, state => state.TargetExecutes && state.IsIncomplete && state.Acknowledged > 0);
        Assert.Contains(states, state => state.AnewExecutes && state.HasGranted);
    }

    /// <summary>As long as nobody dies any more and what is sent again comes.</summary>
    [Fact]
    public void From_wherever_they_are_there_is_a_way_to_an_end()
    {
        var steps = new ProtocolSteps();
        var (_, states) = Explore(BrokenRule.None);
        var before = new Dictionary<ProtocolState, List<ProtocolState>>();
        foreach (var state in states)
        {
            foreach (var (_, next) in steps.Of(state, withFaults: false))
            {
                if (!before.TryGetValue(next, out var known))
                {
                    before.Add(next, known = []);
                }

                known.Add(state);
            }
        }

        var good = states.Where(state => state.IsEnd).ToHashSet();
        var queue = new Queue<ProtocolState>(good);
        while (queue.TryDequeue(out var state))
        {
            foreach (var earlier in before.GetValueOrDefault(state, []).Where(good.Add))
            {
                queue.Enqueue(earlier);
            }
        }

        output.WriteLine($"{good.Count} of {states.Count} states have a way to an end");
        Assert.DoesNotContain(states, state => !good.Contains(state));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_that_is_not_kept_is_found(string rule)
    {
        var (found, states) = Explore(Enum.Parse<BrokenRule>(rule));
        output.WriteLine($"{rule}: {found?.Violation} after {states.Count} states");
        Assert.NotNull(found);
    }

    /// <returns>The first state that must not be, and all that were seen until then.</returns>
    private static (ProtocolState? Found, HashSet<ProtocolState> States) Explore(BrokenRule broken)
    {
        var steps = new ProtocolSteps(broken);
        var states = new HashSet<ProtocolState> { ProtocolState.First };
        var queue = new Queue<ProtocolState>(states);
        while (queue.TryDequeue(out var state))
        {
            if (state.Violation is not null)
            {
                return (state, states);
            }

            foreach (var (_, next) in steps.Of(state, withFaults: true))
            {
                if (states.Add(next))
                {
                    queue.Enqueue(next);
                }
            }
        }

        return (null, states);
    }
}
