using Vee.Machines.Harts;
using Vee.Machines.Isa;

namespace Vee.Machines.Tests.Execution;

/// <summary>
/// Jumps, branches, fences, CSRs and what a process may not execute: chapters "RV32I", "Zicsr", "Zifencei".
/// </summary>
internal static class ControlRows
{
    private const ulong Code = HartFixture.Code;
    private const ulong Ones = ulong.MaxValue;
    private const int Flags = 1, Frm = 2, Fcsr = 3, Cycle = 0xC00, Time = 0xC01, Instret = 0xC02;

    internal static IEnumerable<InstructionRow> All =>
        [.. Jumps, .. Branches, .. Fences, .. Swaps, .. SetsAndClears, .. Counters, .. IllegalCsrs, .. Traps];

    private static IEnumerable<InstructionRow> Jumps =>
    [
        Row(Opcode.Jal, "forward, links the next address").Registers(1).Immediate(8).Gives(Code + 4).GoesTo(Code + 8),
        Row(Opcode.Jal, "backward, far").Immediate(-0x10_0000).Gives(Code + 4).GoesTo(unchecked(Code - 0x10_0000)),
        Row(Opcode.Jal, "without link").Registers(0).Immediate(0xF_FFFE).GoesTo(Code + 0xF_FFFE),
        Row(Opcode.Jal, "to itself").Registers(0).Immediate(0).GoesTo(Code),
        Row(Opcode.Jal, "compressed, c.j 2").Registers(0).Encoded(0xA009).GoesTo(Code + 2),
        Row(Opcode.Jalr, "links the next address").Given(0x1234).Immediate(-4).Gives(Code + 4).GoesTo(0x1230),
        Row(Opcode.Jalr, "clears bit 0 of the sum").Given(0x2000).Immediate(1).Gives(Code + 4).GoesTo(0x2000),
        Row(Opcode.Jalr, "odd base and offset make even").Given(0x2001).Immediate(1).Gives(Code + 4).GoesTo(0x2002),
        Row(Opcode.Jalr, "base is read before the link is written")
            .Registers(11).Given(0x2000).Immediate(16).Gives(Code + 4).GoesTo(0x2010),
        Row(Opcode.Jalr, "x0 as base").Registers(1, 0).Immediate(-2).Gives(Code + 4).GoesTo(Ones - 1),
        Row(Opcode.Jalr, "compressed links two bytes on").Registers(1).Encoded(0x9582).Given(0x2000)
            .Gives(Code + 2).GoesTo(0x2000),
        Row(Opcode.Jalr, "compressed, ra is base and link").Registers(1, 1).Encoded(0x9082).Given(0x2000)
            .Gives(Code + 2).GoesTo(0x2000),
    ];

    private static IEnumerable<InstructionRow> Branches =>
    [
        Row(Opcode.Beq, "equal").Given(5, 5).Immediate(64).GoesTo(Code + 64),
        Row(Opcode.Beq, "upper halves differ").Given(5, 0x1_0000_0005).Immediate(64),
        Row(Opcode.Beq, "of one register").Registers(0, 11, 11).Given(5).Immediate(-4096).GoesTo(Code - 4096),
        Row(Opcode.Beq, "taken to itself").Registers(0, 0, 0).Immediate(0).GoesTo(Code),
        Row(Opcode.Bne, "different").Given(5, 4).Immediate(4094).GoesTo(Code + 4094),
        Row(Opcode.Bne, "equal").Given(5, 5).Immediate(64),
        Row(Opcode.Blt, "-1 < 0").Given(Ones, 0).Immediate(-2).GoesTo(Code - 2),
        Row(Opcode.Blt, "equal").Given(3, 3).Immediate(64),
        Row(Opcode.Bge, "0 >= -1").Given(0, Ones).Immediate(64).GoesTo(Code + 64),
        Row(Opcode.Bge, "minimum >= maximum").Given(1UL << 63, Ones >> 1).Immediate(64),
        Row(Opcode.Bltu, "0 < -1").Given(0, Ones).Immediate(64).GoesTo(Code + 64),
        Row(Opcode.Bltu, "-1 < 0").Given(Ones, 0).Immediate(64),
        Row(Opcode.Bgeu, "-1 >= 0").Given(Ones, 0).Immediate(64).GoesTo(Code + 64),
        Row(Opcode.Bgeu, "0 >= -1").Given(0, Ones).Immediate(64),
    ];

    private static IEnumerable<InstructionRow> Fences =>
    [
        Row(Opcode.Fence, "iorw,iorw").Immediate(0xFF),
        Row(Opcode.Fence, "tso").Immediate(0x833),
        Row(Opcode.Fence, "reserved fields are ignored").Encoded(0x0FF5_878F),
        Row(Opcode.FenceI, "plain"),
        Row(Opcode.FenceI, "reserved fields are ignored").Encoded(0x7FF5_978F),
    ];

    private static IEnumerable<InstructionRow> Swaps =>
    [
        Row(Opcode.Csrrw, "fcsr").Immediate(Fcsr).Given(0xFFFF_FF5F).GivenControl(0x60).Gives(0x60).GivesControl(0x5F),
        Row(Opcode.Csrrw, "fflags keeps frm").Immediate(Flags).Given(0xE3).GivenControl(0x60).Gives(0)
            .GivesControl(0x63),
        Row(Opcode.Csrrw, "frm keeps fflags").Immediate(Frm).Given(0x1F).GivenControl(0x40).Gives(2).GivesControl(0xE0),
        Row(Opcode.Csrrw, "without rd").Registers(0).Immediate(Frm).Given(4).GivesControl(0x80),
        Row(Opcode.Csrrw, "x0 writes zero").Registers(10, 0).Immediate(Fcsr).GivenControl(0x60).Gives(0x60)
            .GivesControl(0),
        Row(Opcode.Csrrw, "rd is rs1").Registers(11).Immediate(Frm).Given(1).GivenControl(0x60).Gives(3)
            .GivesControl(0x20),
        Row(Opcode.Csrrwi, "five bits").Registers(10, 31).Immediate(Fcsr).GivenControl(0x60).Gives(0x60)
            .GivesControl(0x1F),
        Row(Opcode.Csrrwi, "zero writes").Registers(10, 0).Immediate(Frm).GivenControl(0x60).Gives(3).GivesControl(0),
    ];

    private static IEnumerable<InstructionRow> SetsAndClears =>
    [
        Row(Opcode.Csrrs, "sets").Immediate(Fcsr).Given(0x41).GivenControl(0x20).Gives(0x20).GivesControl(0x61),
        Row(Opcode.Csrrs, "x0 only reads").Registers(10, 0).Immediate(Frm).GivenControl(0x60).Gives(3),
        Row(Opcode.Csrrc, "clears").Immediate(Fcsr).Given(0x40).GivenControl(0x60).Gives(0x60).GivesControl(0x20),
        Row(Opcode.Csrrc, "all ones").Immediate(Frm).Given(Ones).GivenControl(0xE0).Gives(7).GivesControl(0),
        Row(Opcode.Csrrsi, "sets").Registers(10, 5).Immediate(Frm).GivenControl(0x40).Gives(2).GivesControl(0xE0),
        Row(Opcode.Csrrsi, "0 only reads").Registers(10, 0).Immediate(Fcsr).GivenControl(0x60).Gives(0x60),
        Row(Opcode.Csrrci, "clears").Registers(10, 3).Immediate(Frm).GivenControl(0xE0).Gives(7).GivesControl(0x80),
        Row(Opcode.Csrrci, "0 only reads").Registers(10, 0).Immediate(Frm).GivenControl(0xE0).Gives(7),
    ];

    private static IEnumerable<InstructionRow> Counters =>
    [
        Row(Opcode.Csrrs, "cycle starts at 0").Registers(10, 0).Immediate(Cycle).Gives(0),
        Row(Opcode.Csrrs, "time starts at 0").Registers(10, 0).Immediate(Time).Gives(0),
        Row(Opcode.Csrrs, "instret starts at 0").Registers(10, 0).Immediate(Instret).Gives(0),
        Row(Opcode.Csrrc, "cycle, read only").Registers(10, 0).Immediate(Cycle).Gives(0),
        Row(Opcode.Csrrsi, "instret, read only").Registers(10, 0).Immediate(Instret).Gives(0),
        Row(Opcode.Csrrci, "time, read only").Registers(10, 0).Immediate(Time).Gives(0),
        Row(Opcode.Csrrw, "cycle cannot be written").Immediate(Cycle).Given(0).IsIllegal(),
        Row(Opcode.Csrrw, "cycle cannot be written with x0").Registers(10, 0).Immediate(Cycle).IsIllegal(),
        Row(Opcode.Csrrwi, "time cannot be written").Registers(0, 0).Immediate(Time).IsIllegal(),
        Row(Opcode.Csrrs, "a register that holds 0 is a write").Immediate(Instret).Given(0).IsIllegal(),
        Row(Opcode.Csrrc, "a register that holds 0 is a write").Immediate(Cycle).Given(0).IsIllegal(),
        Row(Opcode.Csrrsi, "a write").Registers(10, 1).Immediate(Instret).IsIllegal(),
        Row(Opcode.Csrrci, "a write").Registers(10, 31).Immediate(Time).IsIllegal(),
    ];

    private static IEnumerable<InstructionRow> IllegalCsrs =>
    [
        .. new[] { 0, 4, 0x100, 0x180, 0x300, 0x301, 0x7C0, 0xB00, 0xC03, 0xC80, 0xF11, 0xFFF }.Select(
            number => Row(Opcode.Csrrs, $"0x{number:x} does not exist").Registers(10, 0).Immediate(number).IsIllegal()),
    ];

    private static IEnumerable<InstructionRow> Traps =>
    [
        Row(Opcode.Ecall, "is executed and traps").Traps(TrapCause.EnvironmentCall),
        Row(Opcode.Ebreak, "traps and is not executed").Traps(TrapCause.Breakpoint),
        Row(Opcode.Ebreak, "compressed").Encoded(0x9002).Traps(TrapCause.Breakpoint),
        Row(Opcode.Illegal, "all zeros").Encoded(0).IsIllegal(),
        Row(Opcode.Illegal, "all ones").Encoded(uint.MaxValue).IsIllegal(),
        Row(Opcode.Illegal, "compressed, reserved").Encoded(0x8002).IsIllegal(),
        Row(Opcode.Illegal, "custom-0").Encoded(0x0000_000B).IsIllegal(),
        Row(Opcode.Sret, "privileged").IsIllegal(),
        Row(Opcode.Mret, "privileged").IsIllegal(),
        Row(Opcode.Wfi, "privileged").IsIllegal(),
        Row(Opcode.SfenceVma, "privileged").IsIllegal(),
    ];

    private static InstructionRow Row(Opcode opcode, string name) => new(opcode, name);
}
