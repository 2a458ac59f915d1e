using System.Buffers.Binary;
using System.Numerics;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;

namespace Vee.Machines.Tests.Execution;

/// <summary>Single atomic instructions: ISA manual, chapter "A". Pairs of LR and SC are in their own tests.</summary>
internal static class AtomicRows
{
    private const ulong Data = HartFixture.Data;

    /// <summary>
    /// What memory holds after, from the signed values of memory and rs2, by the name without its size.
    /// </summary>
    private static readonly Dictionary<string, Formula> Formulas = new(StringComparer.Ordinal)
    {
        ["Amoswap"] = (_, operand, _) => operand,
        ["Amoadd"] = (memory, operand, _) => memory + operand,
        ["Amoxor"] = (memory, operand, _) => memory ^ operand,
        ["Amoand"] = (memory, operand, _) => memory & operand,
        ["Amoor"] = (memory, operand, _) => memory | operand,
        ["Amomin"] = (memory, operand, _) => BigInteger.Min(memory, operand),
        ["Amomax"] = (memory, operand, _) => BigInteger.Max(memory, operand),
        ["Amominu"] = (memory, operand, bits) =>
            BigInteger.Min(IntegerOracle.Unsigned(memory, bits), IntegerOracle.Unsigned(operand, bits)),
        ["Amomaxu"] = (memory, operand, bits) =>
            BigInteger.Max(IntegerOracle.Unsigned(memory, bits), IntegerOracle.Unsigned(operand, bits)),
    };

    private delegate BigInteger Formula(BigInteger memory, BigInteger operand, int bits);

    private static readonly ulong[] Values =
    [
        0, 1, ulong.MaxValue, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF_8000_0000, long.MaxValue, 1UL << 63,
        0x0123_4567_89AB_CDEF,
    ];

    internal static IEnumerable<Opcode> Opcodes =>
        Enum.GetValues<Opcode>().Where(opcode => opcode is >= Opcode.LrW and <= Opcode.AmomaxuD);

    internal static IEnumerable<InstructionRow> All =>
    [
        .. Opcodes.Where(IsOperation).SelectMany(OperationRows),
        .. Opcodes.SelectMany(FaultRows),
        .. Alone(Opcode.LrW, Opcode.ScW, 4),
        .. Alone(Opcode.LrD, Opcode.ScD, 8),
    ];

    private static IEnumerable<InstructionRow> Alone(Opcode load, Opcode store, int count)
    {
        byte[] bytes = [0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8];
        var loaded = (ulong)IntegerOracle.Unsigned(new BigInteger(bytes.AsSpan(0, count)), 64);
        for (var ordering = 0; ordering < 4; ordering++)
        {
            yield return Row(load, $"sign-extends, ordering {ordering}").Immediate(ordering).Given(Data)
                .GivenBytes(Data, bytes).Gives(loaded);
        }

        yield return Row(load, "into its base").Registers(11).Given(Data).GivenBytes(Data, bytes).Gives(loaded);
        yield return Row(load, "into x0").Registers(0).Given(Data).GivenBytes(Data, bytes);
        yield return Row(load, "of a page that can only be read").Given(HartFixture.ReadOnly + 8).Gives(0);
        yield return Row(store, "without a reservation").Given(Data, 5).GivenBytes(Data, bytes).Gives(1);
        yield return Row(store, "without a reservation, into x0").Registers(0).Given(Data, 5);
        yield return Row(store, "without a reservation, x0 as source").Registers(10, 11, 0).Given(Data).Gives(1);
    }

    private static IEnumerable<InstructionRow> OperationRows(Opcode opcode)
    {
        foreach (var memory in Values)
        {
            foreach (var operand in Values)
            {
                yield return OperationRow(opcode, $"0x{memory:x}, 0x{operand:x}", memory, operand)
                    .Registers(10).Gives(Loaded(opcode, memory));
            }
        }

        const ulong before = 0x8000_0001_8000_0001;
        yield return OperationRow(opcode, "rd is rs1", before, 3).Registers(11).Gives(Loaded(opcode, before));
        yield return OperationRow(opcode, "rd is rs2", before, 3).Registers(12).Gives(Loaded(opcode, before));
        yield return OperationRow(opcode, "rd is x0", before, 3).Registers(0);
        yield return OperationRow(opcode, "acquire and release", before, 3).Immediate(3).Gives(Loaded(opcode, before));
    }

    /// <summary>The second word of a doubleword, so that a 32-bit operation has neighbours on both sides.</summary>
    private static InstructionRow OperationRow(Opcode opcode, string name, ulong memory, ulong operand)
    {
        var bits = BytesOf(opcode) * 8;
        var after = IntegerOracle.Unsigned(
            Formulas[$"{opcode}"[..^1]](
                IntegerOracle.Signed(memory, bits), IntegerOracle.Signed(operand, bits), bits),
            bits);
        var address = Data + (bits == 32 ? 4UL : 8UL);
        return Row(opcode, name).Given(address, operand)
            .GivenBytes(address, [.. Bytes(memory), 0x77])
            .Stores(address, Bytes((ulong)after)[..(bits / 8)]);
    }

    private static IEnumerable<InstructionRow> FaultRows(Opcode opcode)
    {
        var bytes = (ulong)BytesOf(opcode);
        var isLoad = opcode is Opcode.LrW or Opcode.LrD;
        var cause = isLoad ? TrapCause.LoadFault : TrapCause.StoreFault;
        for (var off = 1UL; off < bytes; off++)
        {
            yield return Row(opcode, $"misaligned by {off}").Given(Data + 64 - off, 1)
                .Traps(TrapCause.MisalignedAtomic, Data + 64 - off);
        }

        yield return Row(opcode, "misaligned is noticed before unmapped").Given(HartFixture.DataEnd + 1, 1)
            .Traps(TrapCause.MisalignedAtomic, HartFixture.DataEnd + 1);
        yield return Row(opcode, "unmapped").Given(HartFixture.DataEnd, 1)
            .Traps(cause, HartFixture.DataEnd, AccessFault.Unmapped);
        yield return Row(opcode, "beyond the arena").Given(ulong.MaxValue - 7, 1)
            .Traps(cause, ulong.MaxValue - 7, AccessFault.Unmapped);
        if (!isLoad)
        {
            yield return Row(opcode, "read-only").Given(HartFixture.ReadOnly, 1)
                .Traps(cause, HartFixture.ReadOnly, AccessFault.Forbidden);
        }
    }

    private static bool IsOperation(Opcode opcode) =>
        opcode is not (Opcode.LrW or Opcode.LrD or Opcode.ScW or Opcode.ScD);

    private static int BytesOf(Opcode opcode) => opcode < Opcode.LrD ? 4 : 8;

    private static ulong Loaded(Opcode opcode, ulong memory) =>
        (ulong)IntegerOracle.Unsigned(IntegerOracle.Signed(memory, BytesOf(opcode) * 8), 64);

    private static byte[] Bytes(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    private static InstructionRow Row(Opcode opcode, string name) => new(opcode, name);
}
