using System.Numerics;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;

namespace Vee.Machines.Tests.Execution;

/// <summary>
/// Loads and stores at every kind of place: ISA manual, "Load and Store Instructions", also of "F" and "D".
/// </summary>
internal static class MemoryRows
{
    private const ulong Data = HartFixture.Data;
    private const ulong DataEnd = HartFixture.DataEnd;
    private const ulong Boxed = 0xFFFF_FFFF_0000_0000;

    private static readonly (Opcode Opcode, int Bytes, bool IsSigned)[] Loads =
    [
        (Opcode.Lb, 1, true), (Opcode.Lh, 2, true), (Opcode.Lw, 4, true), (Opcode.Ld, 8, true),
        (Opcode.Lbu, 1, false), (Opcode.Lhu, 2, false), (Opcode.Lwu, 4, false),
        (Opcode.Flw, 4, false), (Opcode.Fld, 8, false),
    ];

    private static readonly (Opcode Opcode, int Bytes)[] Stores =
    [
        (Opcode.Sb, 1), (Opcode.Sh, 2), (Opcode.Sw, 4), (Opcode.Sd, 8), (Opcode.Fsw, 4), (Opcode.Fsd, 8),
    ];

    /// <summary>Offsets into the data: aligned, misaligned, across a line, across the page and up to the end.</summary>
    private static readonly int[] Offsets =
        [0, 8, 1, 2, 4, 7, 57, 60, 61, 62, 63, 4088, 4089, 4092, 4093, 4094, 4095, 4096, HartFixture.DataBytes - 8];

    internal static IEnumerable<InstructionRow> All =>
    [
        .. Loads.SelectMany(load =>
            Offsets.SelectMany(offset => LoadRows(load.Opcode, load.Bytes, load.IsSigned, offset))),
        .. Loads.SelectMany(load => FaultRows(load.Opcode, load.Bytes, TrapCause.LoadFault)),
        .. Stores.SelectMany(store => Offsets.Select(offset => StoreRow(store.Opcode, store.Bytes, offset))),
        .. Stores.SelectMany(store => FaultRows(store.Opcode, store.Bytes, TrapCause.StoreFault)),
        .. Stores.SelectMany(store => ForbiddenRows(store.Opcode)),
        .. Registers,
    ];

    private static IEnumerable<InstructionRow> Registers =>
    [
        Row(Opcode.Lw, "into its own base").Registers(11).Given(Data).GivenBytes(Data, 1, 2, 3, 4).Gives(0x0403_0201),
        Row(Opcode.Ld, "into x0").Registers(0).Given(Data).GivenBytes(Data, 1),
        Row(Opcode.Lb, "x0 as base").Registers(10, 0).Immediate(-1)
            .Traps(TrapCause.LoadFault, ulong.MaxValue, AccessFault.Unmapped),
        Row(Opcode.Ld, "smallest offset").Given(Data + 2048).Immediate(-2048).GivenBytes(Data, 9).Gives(9),
        Row(Opcode.Ld, "largest offset").Given(Data - 2047).Immediate(2047).GivenBytes(Data, 9).Gives(9),
        Row(Opcode.Ld, "sum wraps around").Given(Data + 1 - 0x800).Immediate(0x7FF).GivenBytes(Data, 9).Gives(9),
        Row(Opcode.Lw, "from a page that can only be read").Given(HartFixture.ReadOnly).Gives(0),
        Row(Opcode.Lw, "from code").Given(HartFixture.Code + 4).Gives((ulong)HartFixture.Ebreak),
        Row(Opcode.Lw, "into an unmapped page below").Given(Data).Immediate(-1)
            .Traps(TrapCause.LoadFault, Data - 1, AccessFault.Unmapped),
        Row(Opcode.Sd, "its own base").Registers(0, 12, 12).Given(Data + 8)
            .Stores(Data + 8, 8, 0, 2, 0, 0, 0, 0, 0),
        Row(Opcode.Sd, "x0").Registers(0, 11, 0).Given(Data).GivenBytes(Data, 9, 9, 9, 9, 9, 9, 9, 9)
            .Stores(Data, 0, 0, 0, 0, 0, 0, 0, 0),
        Row(Opcode.Flw, "into f0").Registers(0).Given(Data).GivenBytes(Data, 0, 0, 0x80, 0x3F)
            .GivesF(Boxed | 0x3F80_0000),
        Row(Opcode.Flw, "a signaling NaN is not touched").Given(Data).GivenBytes(Data, 1, 0, 0x80, 0x7F)
            .GivesF(Boxed | 0x7F80_0001),
        Row(Opcode.Fsw, "the low half of what is no boxed single").Given(Data).GivenStored(0x1234_5678_9ABC_DEF0)
            .Stores(Data, 0xF0, 0xDE, 0xBC, 0x9A),
        Row(Opcode.Fsd, "a boxed single as it is").Given(Data).GivenStored(Boxed | 1)
            .Stores(Data, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF),
        Row(Opcode.Ld, "compressed, c.ldsp a0,8(sp)").Registers(10, 2).Encoded(0x6522).Given(Data)
            .GivenBytes(Data + 8, 7).Gives(7),
        Row(Opcode.Sw, "compressed, c.sw a2,4(a1)").Encoded(0xC1D0).Given(Data, 0x0403_0201)
            .Stores(Data + 4, 1, 2, 3, 4),
    ];

    private static IEnumerable<InstructionRow> LoadRows(Opcode opcode, int count, bool isSigned, int offset)
    {
        var address = Data + (ulong)offset;
        foreach (var first in new byte[] { 0x01, 0xF1 })
        {
            // The highest byte of what is loaded is the last: its top bit is the sign.
            byte[] bytes = [.. Enumerable.Range(0, count).Select(index => (byte)(first + index))];
            byte[] around = [0xEE, .. bytes, 0xEE];
            var raw = new BigInteger(bytes, isUnsigned: !isSigned);
            var row = Row(opcode, $"at +{offset}, first byte {first:x}").Given(address - 16).Immediate(16);
            row = offset is 0 or (HartFixture.DataBytes - 8)
                ? row.GivenBytes(address, bytes)
                : row.GivenBytes(address - 1, around);
            yield return opcode switch
            {
                Opcode.Flw => row.GivesF(Boxed | (ulong)raw),
                Opcode.Fld => row.GivesF((ulong)raw),
                _ => row.Gives((ulong)IntegerOracle.Unsigned(raw, 64)),
            };
        }
    }

    private static InstructionRow StoreRow(Opcode opcode, int count, int offset)
    {
        byte[] value = [0x81, 0x92, 0xA3, 0xB4, 0xC5, 0xD6, 0xE7, 0xF8];
        var address = Data + (ulong)offset;
        var register = BitConverter.ToUInt64(value);
        var row = Row(opcode, $"at +{offset}").Immediate(-3);
        row = opcode is Opcode.Fsw or Opcode.Fsd
            ? row.Given(address + 3).GivenStored(register)
            : row.Given(address + 3, register);
        return row.Stores(address, value[..count]);
    }

    /// <summary>
    /// The trap's value is the first byte that cannot be accessed; what comes before it is not stored.
    /// </summary>
    private static IEnumerable<InstructionRow> FaultRows(Opcode opcode, int count, TrapCause cause)
    {
        for (var inside = 0; inside < count; inside++)
        {
            yield return Row(opcode, $"{inside} bytes before the end").Given(DataEnd - (ulong)inside)
                .Traps(cause, DataEnd, AccessFault.Unmapped);
        }

        foreach (var address in new[] { 0UL, Data - 8, 1UL << 20, 1UL << 38, 1UL << 63, ulong.MaxValue - 7,
            ulong.MaxValue })
        {
            yield return Row(opcode, $"at 0x{address:x}").Given(address).Traps(cause, address, AccessFault.Unmapped);
        }
    }

    private static IEnumerable<InstructionRow> ForbiddenRows(Opcode opcode) =>
        new[] { HartFixture.ReadOnly, HartFixture.ReadOnly + 63, HartFixture.Code }.Select(address =>
            Row(opcode, $"to 0x{address:x}, read-only").Given(address)
                .Traps(TrapCause.StoreFault, address, AccessFault.Forbidden));

    private static InstructionRow Row(Opcode opcode, string name) => new(opcode, name);
}
