using Vee.Machines.Execution;
using Vee.Machines.Harts;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux;

/// <summary>
/// The engines of one hart: what an instruction costs is part of what an engine decodes, so there is one for each kind
/// of core that the hart has been on.
/// </summary>
internal sealed class HartEngines : IDisposable
{
    private readonly List<(CostModel Costs, Interpreter<FlatAddressSpace> Engine)> all = [];
    private readonly GuestMemory memory;
    private CostModel costs;

    internal HartEngines(GuestMemory memory, CostModel costs)
    {
        this.memory = memory;
        this.costs = costs;
        Current = Add(costs);
    }

    /// <summary>The one that charges what was chosen last.</summary>
    internal Interpreter<FlatAddressSpace> Current { get; private set; }

    /// <summary>Blocks of instructions that were decoded.</summary>
    internal long BlocksDecoded => all.Sum(entry => entry.Engine.BlocksDecoded);

    /// <summary>Chooses the engine that charges some costs; frequencies are the hart's.</summary>
    internal void Choose(CostModel wanted)
    {
        if (ReferenceEquals(wanted, costs))
        {
            return;
        }

        costs = wanted;
        var known = all.Find(entry => entry.Costs.HasCyclesOf(wanted)).Engine;
        Current = known ?? Add(wanted);
    }

    public void Dispose() => all.ForEach(entry => entry.Engine.Dispose());

    private Interpreter<FlatAddressSpace> Add(CostModel wanted)
    {
        var engine = new Interpreter<FlatAddressSpace>(new FlatAddressSpace(memory), wanted);
        all.Add((wanted, engine));
        return engine;
    }
}
