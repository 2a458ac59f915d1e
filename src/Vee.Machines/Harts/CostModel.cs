using Vee.Machines.Isa;
using Vee.Machines.State;

namespace Vee.Machines.Harts;

/// <summary>Cycles that a hart is charged per instruction, by class, and its clock frequency.</summary>
/// <remarks>
/// A hart's virtual time is cycles divided by frequency, so this is what makes one simulated core faster than
/// another. The model is deliberately flat: it has no caches and no overlap.
/// </remarks>
public sealed class CostModel
{
    internal const ulong FrequencyMin = 1_000_000;
    internal const ulong FrequencyMax = 100_000_000_000;

    private readonly byte[] cycles;

    /// <param name="name">A name for reports.</param>
    /// <param name="frequencyHertz">Cycles per second of virtual time, 1 MHz to 100 GHz.</param>
    /// <param name="cyclesOf">Cycles of each class, 1..255; a class that is missing costs 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its bounds.</exception>
    public CostModel(string name, ulong frequencyHertz, IReadOnlyDictionary<InstructionClass, int> cyclesOf)
        : this(name, frequencyHertz, [.. Enumerable.Repeat((byte)1, Enum.GetValues<InstructionClass>().Length)])
    {
        ArgumentNullException.ThrowIfNull(cyclesOf);
        foreach (var (type, count) in cyclesOf)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(cyclesOf));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, byte.MaxValue, nameof(cyclesOf));
            cycles[(int)type] = (byte)count;
        }

        CyclesMax = cycles.Max();
    }

    private CostModel(string name, ulong frequencyHertz, byte[] cycles)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frequencyHertz, FrequencyMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frequencyHertz, FrequencyMax);
        Name = name;
        FrequencyHertz = frequencyHertz;
        this.cycles = cycles;
        CyclesMax = cycles.Max();
    }

    /// <summary>
    /// A small in-order core at 1 GHz. The latencies are assumed, in the range that in-order RV64GC cores publish:
    /// they make programs comparable with each other, not with a particular chip.
    /// </summary>
    public static CostModel InOrder { get; } = new("in-order", 1_000_000_000, new Dictionary<InstructionClass, int>
    {
        [InstructionClass.Multiply] = 3,
        [InstructionClass.Divide] = 20,
        [InstructionClass.Load] = 2,
        [InstructionClass.Jump] = 2,
        [InstructionClass.Atomic] = 8,
        [InstructionClass.FloatMove] = 2,
        [InstructionClass.FloatAdd] = 4,
        [InstructionClass.FloatMultiply] = 4,
        [InstructionClass.FloatDivide] = 20,
        [InstructionClass.System] = 4,
    });

    /// <summary>A name for reports.</summary>
    public string Name { get; }

    /// <summary>Cycles per second of virtual time.</summary>
    public ulong FrequencyHertz { get; }

    /// <summary>Cycles of the slowest class.</summary>
    public int CyclesMax { get; }

    /// <summary>Cycles of one instruction of a class.</summary>
    public int CyclesOf(InstructionClass type) => cycles[(int)type];

    /// <summary>Whether instructions cost the same in another model, whatever its frequency.</summary>
    public bool HasCyclesOf(CostModel other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return cycles.AsSpan().SequenceEqual(other.cycles);
    }

    /// <summary>The same model, but for some classes.</summary>
    /// <param name="cyclesOf">Cycles of those classes, 1..255.</param>
    public CostModel With(IReadOnlyDictionary<InstructionClass, int> cyclesOf)
    {
        ArgumentNullException.ThrowIfNull(cyclesOf);
        return new CostModel(Name, FrequencyHertz, Enum.GetValues<InstructionClass>().ToDictionary(
            type => type, type => cyclesOf.GetValueOrDefault(type, CyclesOf(type))));
    }

    /// <summary>The same costs at another clock frequency.</summary>
    /// <param name="frequencyHertz">Cycles per second of virtual time, 1 MHz to 100 GHz.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is outside its bounds.</exception>
    public CostModel At(ulong frequencyHertz) => new(Name, frequencyHertz, cycles);

    internal void Save(StateWriter state)
    {
        state.Text("name", Name);
        state.UInt64("frequencyHertz", FrequencyHertz);
        state.Bytes("cycles", cycles);
    }

    internal static CostModel Restore(StateReader state)
    {
        var name = state.Text("name", 256);
        var frequency = state.UInt64("frequencyHertz");
        if (frequency is < FrequencyMin or > FrequencyMax)
        {
            throw state.Refuse("frequencyHertz", $"{frequency} is outside {FrequencyMin}..{FrequencyMax}");
        }

        Span<byte> saved = stackalloc byte[Enum.GetValues<InstructionClass>().Length];
        state.Bytes("cycles", saved);
        var table = new Dictionary<InstructionClass, int>();
        for (var index = 0; index < saved.Length; index++)
        {
            table[(InstructionClass)index] = saved[index] != 0
                ? saved[index] : throw state.Refuse("cycles", "a class costs 0");
        }

        return new CostModel(name, frequency, table);
    }
}
