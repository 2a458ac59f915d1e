using System.Buffers.Binary;
using Vee.Machines.Execution;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;

namespace Vee.Machines.Tests.Execution;

/// <summary>
/// One hart, its interpreter and a small memory: a page of code, two pages of data and a page that can only be
/// read, each between unmapped neighbours.
/// </summary>
internal sealed class HartFixture : IDisposable
{
    internal const ulong Code = 0x1_0000;
    internal const ulong Data = 0x2_0000;
    internal const int DataBytes = 2 * PageNumber.Bytes;
    internal const ulong DataEnd = Data + DataBytes;
    internal const ulong ReadOnly = 0x3_0000;
    internal const uint Nop = 0x0000_0013;
    internal const uint Ebreak = 0x0010_0073;

    /// <summary>
    /// A cost of its own for each class, so that no two mixtures of a few instructions cost the same.
    /// </summary>
    internal static readonly CostModel Costs = new(
        "distinct",
        1_000_000_000,
        Enum.GetValues<InstructionClass>().ToDictionary(type => type, type => (int)type * (int)type + 1));

    private const ulong DefaultArenaBytes = 1 << 20;

    internal HartFixture(
        ulong arenaBytes = DefaultArenaBytes,
        ulong ramBytes = DefaultArenaBytes,
        Protection code = Protection.Read | Protection.Execute)
    {
        Memory = GuestMemory.Reserve(arenaBytes, ramBytes);
        Map(Code, PageNumber.Bytes, code);
        Map(Data, DataBytes, Protection.Read | Protection.Write);
        Map(ReadOnly, PageNumber.Bytes, Protection.Read);
        Hart = new Hart(0, Costs) { Pc = Code };
        Engine = new Interpreter<FlatAddressSpace>(new FlatAddressSpace(Memory), Costs);
    }

    internal GuestMemory Memory { get; }

    internal Hart Hart { get; }

    internal Interpreter<FlatAddressSpace> Engine { get; }

    internal void Map(ulong address, ulong length, Protection protection)
    {
        if (!Memory.TryMap(address, length, protection))
        {
            throw new InvalidOperationException($"The host refused to map 0x{address:x}.");
        }
    }

    /// <summary>Writes encodings one after the other, compressed ones as two bytes.</summary>
    /// <returns>The address after the last.</returns>
    internal ulong Write(ulong address, params ReadOnlySpan<uint> encodings)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var encoding in encodings)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, encoding);
            var length = LengthOf(encoding);
            Put(address, bytes[..length]);
            address += (ulong)length;
        }

        return address;
    }

    /// <summary>Writes encodings to the start of the code page.</summary>
    internal HartFixture Program(params ReadOnlySpan<uint> encodings)
    {
        Write(Code, encodings);
        return this;
    }

    /// <summary>Sets an integer register.</summary>
    internal HartFixture X(int index, ulong value)
    {
        Hart.SetX(index, value);
        return this;
    }

    /// <summary>Sets a floating-point register.</summary>
    internal HartFixture F(int index, ulong value)
    {
        Hart.SetF(index, value);
        return this;
    }

    /// <summary>Writes guest memory whatever its protection.</summary>
    internal void Put(ulong address, params ReadOnlySpan<byte> bytes)
    {
        if (Memory.TryWriteProtected(address, bytes) != AccessFault.None)
        {
            throw new InvalidOperationException($"Nothing is mapped at 0x{address:x}.");
        }
    }

    /// <summary>Reads eight bytes of guest memory.</summary>
    internal ulong Get(ulong address)
    {
        Span<byte> bytes = stackalloc byte[8];
        return Memory.TryRead(address, bytes) == AccessFault.None
            ? BinaryPrimitives.ReadUInt64LittleEndian(bytes)
            : throw new InvalidOperationException($"Nothing can be read at 0x{address:x}.");
    }

    /// <summary>A copy of a readable range.</summary>
    internal byte[] Copy(ulong address, int count)
    {
        var bytes = new byte[count];
        return Memory.TryRead(address, bytes) == AccessFault.None
            ? bytes
            : throw new InvalidOperationException($"0x{address:x}+{count} cannot be read.");
    }

    internal HartExit Run(long budget) => Engine.Run(Hart, budget);

    /// <summary>Runs from an address, with the pc set first.</summary>
    internal HartExit RunAt(ulong pc, long budget)
    {
        Hart.Pc = pc;
        return Engine.Run(Hart, budget);
    }

    /// <summary>Gives every register a value that no test expects, none of them a boxed single.</summary>
    internal void Poison()
    {
        for (var index = 0; index < 32; index++)
        {
            Hart.SetX(index, 0x5EED_0000_DEAD_0000 + (ulong)index);
            Hart.SetF(index, 0x7EED_0000_BEEF_0000 + (ulong)index);
        }
    }

    internal static int LengthOf(uint encoding) => (encoding & 3) == 3 ? 4 : 2;

    public void Dispose()
    {
        Engine.Dispose();
        Hart.Dispose();
        Memory.Dispose();
    }
}
