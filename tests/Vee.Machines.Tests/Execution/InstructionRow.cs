using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;

namespace Vee.Machines.Tests.Execution;

/// <summary>
/// One instruction executed once: what it starts from and everything it may change. What a row does not name has
/// to stay as it was.
/// </summary>
internal sealed class InstructionRow(Opcode opcode, string name)
{
    private readonly Dictionary<int, ulong> givenX = [];
    private readonly Dictionary<int, ulong> givenF = [];
    private readonly Dictionary<int, ulong> wantedX = [];
    private readonly Dictionary<int, ulong> wantedF = [];
    private readonly List<(ulong Address, byte[] Bytes)> givenBytes = [];
    private readonly List<(ulong Address, byte[] Bytes)> wantedBytes = [];
    private int rd = 10;
    private int rs1 = 11;
    private int rs2 = 12;
    private int rs3 = 13;
    private int rounding;
    private long immediate;
    private uint? encoding;
    private uint givenFloatControl;
    private uint? wantedFloatControl;
    private uint raised;
    private ulong? wantedPc;
    private Trap wantedTrap;

    internal Opcode Opcode => opcode;

    internal string Name => $"{opcode}: {name}";

    /// <summary>The register numbers; 10, 11, 12 and 13 when not called.</summary>
    internal InstructionRow Registers(int rd, int rs1 = 11, int rs2 = 12, int rs3 = 13)
    {
        (this.rd, this.rs1, this.rs2, this.rs3) = (rd, rs1, rs2, rs3);
        return this;
    }

    internal InstructionRow Immediate(long value)
    {
        immediate = value;
        return this;
    }

    internal InstructionRow Rounding(int mode)
    {
        rounding = mode;
        return this;
    }

    /// <summary>An encoding that the assembler has no words for.</summary>
    internal InstructionRow Encoded(uint value)
    {
        encoding = value;
        return this;
    }

    /// <summary>Integer sources rs1 and rs2.</summary>
    internal InstructionRow Given(ulong first, ulong? second = null)
    {
        givenX[rs1] = first;
        if (second is { } value)
        {
            givenX[rs2] = value;
        }

        return this;
    }

    /// <summary>Floating-point sources rs1, rs2 and rs3.</summary>
    internal InstructionRow GivenF(ulong first, ulong? second = null, ulong? third = null)
    {
        givenF[rs1] = first;
        givenF[rs2] = second ?? givenF.GetValueOrDefault(rs2);
        givenF[rs3] = third ?? givenF.GetValueOrDefault(rs3);
        return this;
    }

    /// <summary>The value that a floating-point store stores.</summary>
    internal InstructionRow GivenStored(ulong value)
    {
        givenF[rs2] = value;
        return this;
    }

    internal InstructionRow GivenControl(uint fcsr)
    {
        givenFloatControl = fcsr;
        return this;
    }

    internal InstructionRow GivenBytes(ulong address, params byte[] bytes)
    {
        givenBytes.Add((address, bytes));
        return this;
    }

    /// <summary>The value of rd afterwards.</summary>
    internal InstructionRow Gives(ulong value)
    {
        wantedX[rd] = value;
        return this;
    }

    internal InstructionRow Gives(long value) => Gives((ulong)value);

    /// <summary>The value of rd and the flags that are raised.</summary>
    internal InstructionRow Raises(ulong value, uint flags)
    {
        raised = flags;
        return Gives(value);
    }

    /// <summary>The value of a floating-point rd and the flags that are raised.</summary>
    internal InstructionRow GivesF(ulong value, uint flags = 0)
    {
        wantedF[rd] = value;
        raised = flags;
        return this;
    }

    internal InstructionRow GivesControl(uint fcsr)
    {
        wantedFloatControl = fcsr;
        return this;
    }

    internal InstructionRow Stores(ulong address, params byte[] bytes)
    {
        wantedBytes.Add((address, bytes));
        return this;
    }

    internal InstructionRow GoesTo(ulong pc)
    {
        wantedPc = pc;
        return this;
    }

    internal InstructionRow Traps(TrapCause cause, ulong value = 0, AccessFault fault = AccessFault.None)
    {
        wantedTrap = new Trap(cause, value, fault);
        return this;
    }

    /// <summary>An illegal-instruction trap whose value is the row's own encoding.</summary>
    internal InstructionRow IsIllegal() => Traps(TrapCause.IllegalInstruction, Encoding());

    /// <summary>Executes the row on its own and inside a longer block.</summary>
    /// <param name="flags">Flags that are raised before; they have to stay.</param>
    /// <returns>What differs from the row, one line each.</returns>
    internal IEnumerable<string> Check(uint flags)
    {
        var alone = Execute(flags, 1);

        // A budget that covers more takes the way of whole blocks; it needs something harmless to go on to.
        var isFallThrough = wantedTrap == default && wantedPc is null;
        return isFallThrough ? alone.Concat(Execute(flags, 5)) : alone;
    }

    private uint Encoding() => encoding ?? Assembler.Encode(opcode, rd, rs1, rs2, rs3, rounding, immediate);

    private List<string> Execute(uint flags, long budget)
    {
        using var fixture = new HartFixture();
        fixture.Program(Encoding(), HartFixture.Ebreak);
        Arrange(fixture, flags);
        var expected = Expected(HartSnapshot.Of(fixture.Hart));
        var memory = ExpectedMemory(fixture);

        var exit = fixture.Run(budget);

        var trap = budget == 1 ? wantedTrap : new Trap(TrapCause.Breakpoint, 0, AccessFault.None);
        var differences = expected.DifferencesTo(HartSnapshot.Of(fixture.Hart)).ToList();
        if (exit != new HartExit((long)expected.Retired, trap))
        {
            differences.Add($"exit: expected {expected.Retired} and {trap}, is {exit}");
        }

        var at = memory.AsSpan().CommonPrefixLength(fixture.Copy(HartFixture.Data, HartFixture.DataBytes));
        if (at != memory.Length)
        {
            differences.Add($"memory differs from 0x{HartFixture.Data + (ulong)at:x} on");
        }

        return [.. differences.Select(difference => $"{Name} (budget {budget}, flags {flags}): {difference}")];
    }

    private void Arrange(HartFixture fixture, uint flags)
    {
        fixture.Poison();
        foreach (var (index, value) in givenX)
        {
            fixture.X(index, value);
        }

        foreach (var (index, value) in givenF)
        {
            fixture.F(index, value);
        }

        foreach (var (address, bytes) in givenBytes)
        {
            fixture.Put(address, bytes);
        }

        fixture.Hart.FloatControl = givenFloatControl | flags;
    }

    private HartSnapshot Expected(HartSnapshot before)
    {
        foreach (var (index, value) in wantedX)
        {
            before.X[index] = index == 0 ? 0 : value;
        }

        foreach (var (index, value) in wantedF)
        {
            before.F[index] = value;
        }

        before.FloatControl = wantedFloatControl ?? before.FloatControl | raised;
        if (wantedTrap == default || wantedTrap.Cause == TrapCause.EnvironmentCall)
        {
            before.Retired++;
            before.Cycles += (ulong)HartFixture.Costs.CyclesOf(InstructionClasses.Of(opcode));
        }

        if (wantedTrap == default)
        {
            before.Pc = wantedPc ?? before.Pc + (ulong)HartFixture.LengthOf(Encoding());
        }

        return before;
    }

    private byte[] ExpectedMemory(HartFixture fixture)
    {
        var memory = fixture.Copy(HartFixture.Data, HartFixture.DataBytes);
        foreach (var (address, bytes) in wantedBytes)
        {
            bytes.CopyTo(memory, (int)(address - HartFixture.Data));
        }

        return memory;
    }
}
