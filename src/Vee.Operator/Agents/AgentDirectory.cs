using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Vee.Operator.Decisions;

namespace Vee.Operator.Agents;

/// <summary>What changed on an agent: one machine, or more than that.</summary>
/// <param name="Agent">The agent's name.</param>
/// <param name="MachineUid">The machine; null when hosts, reachability or everything may have changed.</param>
internal readonly record struct AgentChange(string Agent, string? MachineUid);

/// <summary>Keeps a view of every agent, and tells of changes.</summary>
internal sealed class AgentDirectory
{
    private const int ChangesMax = 10_000;

    private readonly ConcurrentDictionary<string, AgentLink> linksByName = new(StringComparer.Ordinal);
    private readonly Lock listenersLock = new();
    private readonly List<Channel<AgentChange>> listeners = [];
    private readonly AgentLink[] links;

    public AgentDirectory(
        IReadOnlyList<string> addresses, AgentCredentials credentials, TimeProvider time, Random random,
        ILoggerFactory logs)
    {
        links = [.. addresses.Select(a => new AgentLink(
            a, credentials, time, random, Enter, Tell, logs.CreateLogger<AgentLink>()))];
    }

    /// <summary>Every agent that was seen, as last seen.</summary>
    public IReadOnlyList<AgentView> Views => [.. linksByName.Values.Select(l => l.View).OfType<AgentView>()];

    /// <summary>The agent of a name, or null when none of that name was seen.</summary>
    public AgentView? Find(string name) => linksByName.TryGetValue(name, out var link) ? link.View : null;

    /// <summary>Calls to one incarnation of an agent; null when it cannot be reached or is another by now.</summary>
    public AgentClient? ClientOf(string name, string incarnation) =>
        linksByName.TryGetValue(name, out var link) ? link.ClientOf(incarnation) : null;

    /// <summary>Takes what an agent answered to a call into its view, before its report comes.</summary>
    public void Observe(string name, string incarnation, Func<AgentView, AgentView> change)
    {
        if (linksByName.TryGetValue(name, out var link))
        {
            link.Observe(incarnation, change);
        }
    }

    /// <summary>Connects to every agent, again and again.</summary>
    public Task RunAsync(CancellationToken cancellation) => Task.WhenAll(links.Select(l => l.RunAsync(cancellation)));

    /// <summary>
    /// Completes when each agent has been reached or has failed to answer once: what is known then is not a matter of
    /// who was faster.
    /// </summary>
    public Task WaitForFirstContactAsync(CancellationToken cancellation) =>
        Task.WhenAll(links.Select(l => l.FirstContact)).WaitAsync(cancellation);

    /// <summary>Changes from now on. A listener that is too slow is shown all agents instead.</summary>
    public async IAsyncEnumerable<AgentChange> ChangesAsync(
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<AgentChange>(
            new BoundedChannelOptions(ChangesMax) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (listenersLock)
        {
            listeners.Add(channel);
        }

        try
        {
            foreach (var view in Views)
            {
                yield return new AgentChange(view.Name, null);
            }

            await foreach (var change in channel.Reader.ReadAllAsync(cancellation))
            {
                var mayHaveMissed = channel.Reader.Count >= ChangesMax - 1;
                foreach (var shown in mayHaveMissed ? Views.Select(v => new AgentChange(v.Name, null)) : [change])
                {
                    yield return shown;
                }
            }
        }
        finally
        {
            lock (listenersLock)
            {
                listeners.Remove(channel);
            }
        }
    }

    /// <summary>
    /// A link has learnt the name of its agent. An agent that answers keeps its name: another one of that name would
    /// look like the same one started anew, and its machines would be started twice.
    /// </summary>
    /// <returns>Whether the link's agent is the one of that name.</returns>
    private bool Enter(string name, AgentLink link) =>
        linksByName.AddOrUpdate(
            name, link, (_, known) => known == link || known.View is not { IsReachable: true } ? link : known) == link;

    private void Tell(AgentChange change)
    {
        lock (listenersLock)
        {
            foreach (var listener in listeners)
            {
                listener.Writer.TryWrite(change);
            }
        }
    }
}
