namespace Vee.Machines.Isa;

/// <summary>The 32-bit encodings of RV64GC and the index that finds the one matching an instruction word.</summary>
/// <remarks>
/// Source: RISC-V unprivileged ISA, chapter "RV32/64G Instruction Set Listings", in its order. The last column is
/// the operand syntax, in the letters that <see cref="Disassembler"/> explains.
/// </remarks>
internal static class Encodings
{
    // Rows differ almost always in major opcode (bits 6:2), funct3 (14:12) or funct5 (31:27): indexed by these
    // 13 bits, a word has at most eight candidate rows, where the major opcode alone leaves up to 50.
    private const int MajorBits = 5;
    private const int Funct3Bits = 3;
    private const int Funct5Bits = 5;
    private const int KeyCount = 1 << (MajorBits + Funct3Bits + Funct5Bits);

    private static readonly InstructionEncoding[] Table =
    [
        // RV32I and RV64I base instruction sets.
        new("imm[31:12] rd 0110111", Opcode.Lui, InstructionFormat.U, "lui", "d,u"),
        new("imm[31:12] rd 0010111", Opcode.Auipc, InstructionFormat.U, "auipc", "d,u"),
        new("imm[20|10:1|11|19:12] rd 1101111", Opcode.Jal, InstructionFormat.J, "jal", "d,p"),
        new("imm[11:0] rs1 000 rd 1100111", Opcode.Jalr, InstructionFormat.I, "jalr", "d,o(s)"),
        new("imm[12|10:5] rs2 rs1 000 imm[4:1|11] 1100011", Opcode.Beq, InstructionFormat.B, "beq", "s,t,p"),
        new("imm[12|10:5] rs2 rs1 001 imm[4:1|11] 1100011", Opcode.Bne, InstructionFormat.B, "bne", "s,t,p"),
        new("imm[12|10:5] rs2 rs1 100 imm[4:1|11] 1100011", Opcode.Blt, InstructionFormat.B, "blt", "s,t,p"),
        new("imm[12|10:5] rs2 rs1 101 imm[4:1|11] 1100011", Opcode.Bge, InstructionFormat.B, "bge", "s,t,p"),
        new("imm[12|10:5] rs2 rs1 110 imm[4:1|11] 1100011", Opcode.Bltu, InstructionFormat.B, "bltu", "s,t,p"),
        new("imm[12|10:5] rs2 rs1 111 imm[4:1|11] 1100011", Opcode.Bgeu, InstructionFormat.B, "bgeu", "s,t,p"),
        new("imm[11:0] rs1 000 rd 0000011", Opcode.Lb, InstructionFormat.I, "lb", "d,o(s)"),
        new("imm[11:0] rs1 001 rd 0000011", Opcode.Lh, InstructionFormat.I, "lh", "d,o(s)"),
        new("imm[11:0] rs1 010 rd 0000011", Opcode.Lw, InstructionFormat.I, "lw", "d,o(s)"),
        new("imm[11:0] rs1 011 rd 0000011", Opcode.Ld, InstructionFormat.I, "ld", "d,o(s)"),
        new("imm[11:0] rs1 100 rd 0000011", Opcode.Lbu, InstructionFormat.I, "lbu", "d,o(s)"),
        new("imm[11:0] rs1 101 rd 0000011", Opcode.Lhu, InstructionFormat.I, "lhu", "d,o(s)"),
        new("imm[11:0] rs1 110 rd 0000011", Opcode.Lwu, InstructionFormat.I, "lwu", "d,o(s)"),
        new("imm[11:5] rs2 rs1 000 imm[4:0] 0100011", Opcode.Sb, InstructionFormat.S, "sb", "t,o(s)"),
        new("imm[11:5] rs2 rs1 001 imm[4:0] 0100011", Opcode.Sh, InstructionFormat.S, "sh", "t,o(s)"),
        new("imm[11:5] rs2 rs1 010 imm[4:0] 0100011", Opcode.Sw, InstructionFormat.S, "sw", "t,o(s)"),
        new("imm[11:5] rs2 rs1 011 imm[4:0] 0100011", Opcode.Sd, InstructionFormat.S, "sd", "t,o(s)"),
        new("imm[11:0] rs1 000 rd 0010011", Opcode.Addi, InstructionFormat.I, "addi", "d,s,i"),
        new("imm[11:0] rs1 010 rd 0010011", Opcode.Slti, InstructionFormat.I, "slti", "d,s,i"),
        new("imm[11:0] rs1 011 rd 0010011", Opcode.Sltiu, InstructionFormat.I, "sltiu", "d,s,i"),
        new("imm[11:0] rs1 100 rd 0010011", Opcode.Xori, InstructionFormat.I, "xori", "d,s,i"),
        new("imm[11:0] rs1 110 rd 0010011", Opcode.Ori, InstructionFormat.I, "ori", "d,s,i"),
        new("imm[11:0] rs1 111 rd 0010011", Opcode.Andi, InstructionFormat.I, "andi", "d,s,i"),
        new("000000 shamt[5:0] rs1 001 rd 0010011", Opcode.Slli, InstructionFormat.Shift, "slli", "d,s,h"),
        new("000000 shamt[5:0] rs1 101 rd 0010011", Opcode.Srli, InstructionFormat.Shift, "srli", "d,s,h"),
        new("010000 shamt[5:0] rs1 101 rd 0010011", Opcode.Srai, InstructionFormat.Shift, "srai", "d,s,h"),
        new("0000000 rs2 rs1 000 rd 0110011", Opcode.Add, InstructionFormat.R, "add", "d,s,t"),
        new("0100000 rs2 rs1 000 rd 0110011", Opcode.Sub, InstructionFormat.R, "sub", "d,s,t"),
        new("0000000 rs2 rs1 001 rd 0110011", Opcode.Sll, InstructionFormat.R, "sll", "d,s,t"),
        new("0000000 rs2 rs1 010 rd 0110011", Opcode.Slt, InstructionFormat.R, "slt", "d,s,t"),
        new("0000000 rs2 rs1 011 rd 0110011", Opcode.Sltu, InstructionFormat.R, "sltu", "d,s,t"),
        new("0000000 rs2 rs1 100 rd 0110011", Opcode.Xor, InstructionFormat.R, "xor", "d,s,t"),
        new("0000000 rs2 rs1 101 rd 0110011", Opcode.Srl, InstructionFormat.R, "srl", "d,s,t"),
        new("0100000 rs2 rs1 101 rd 0110011", Opcode.Sra, InstructionFormat.R, "sra", "d,s,t"),
        new("0000000 rs2 rs1 110 rd 0110011", Opcode.Or, InstructionFormat.R, "or", "d,s,t"),
        new("0000000 rs2 rs1 111 rd 0110011", Opcode.And, InstructionFormat.R, "and", "d,s,t"),
        new("imm[11:0] rs1 000 rd 0011011", Opcode.Addiw, InstructionFormat.I, "addiw", "d,s,i"),
        new("0000000 shamt[4:0] rs1 001 rd 0011011", Opcode.Slliw, InstructionFormat.Shift, "slliw", "d,s,h"),
        new("0000000 shamt[4:0] rs1 101 rd 0011011", Opcode.Srliw, InstructionFormat.Shift, "srliw", "d,s,h"),
        new("0100000 shamt[4:0] rs1 101 rd 0011011", Opcode.Sraiw, InstructionFormat.Shift, "sraiw", "d,s,h"),
        new("0000000 rs2 rs1 000 rd 0111011", Opcode.Addw, InstructionFormat.R, "addw", "d,s,t"),
        new("0100000 rs2 rs1 000 rd 0111011", Opcode.Subw, InstructionFormat.R, "subw", "d,s,t"),
        new("0000000 rs2 rs1 001 rd 0111011", Opcode.Sllw, InstructionFormat.R, "sllw", "d,s,t"),
        new("0000000 rs2 rs1 101 rd 0111011", Opcode.Srlw, InstructionFormat.R, "srlw", "d,s,t"),
        new("0100000 rs2 rs1 101 rd 0111011", Opcode.Sraw, InstructionFormat.R, "sraw", "d,s,t"),
        // The manual reserves FENCE's other fields for finer fences and has simpler harts ignore them.
        new("fm pred succ rs1 000 rd 0001111", Opcode.Fence, InstructionFormat.Fence, "fence", "P,Q"),
        new("000000000000 00000 000 00000 1110011", Opcode.Ecall, InstructionFormat.Bare, "ecall", ""),
        new("000000000001 00000 000 00000 1110011", Opcode.Ebreak, InstructionFormat.Bare, "ebreak", ""),

        // Zifencei and Zicsr. FENCE.I's other fields are ignored like FENCE's.
        new("imm[11:0] rs1 001 rd 0001111", Opcode.FenceI, InstructionFormat.Bare, "fence.i", ""),
        new("csr rs1 001 rd 1110011", Opcode.Csrrw, InstructionFormat.Csr, "csrrw", "d,c,s"),
        new("csr rs1 010 rd 1110011", Opcode.Csrrs, InstructionFormat.Csr, "csrrs", "d,c,s"),
        new("csr rs1 011 rd 1110011", Opcode.Csrrc, InstructionFormat.Csr, "csrrc", "d,c,s"),
        new("csr uimm[4:0] 101 rd 1110011", Opcode.Csrrwi, InstructionFormat.Csr, "csrrwi", "d,c,z"),
        new("csr uimm[4:0] 110 rd 1110011", Opcode.Csrrsi, InstructionFormat.Csr, "csrrsi", "d,c,z"),
        new("csr uimm[4:0] 111 rd 1110011", Opcode.Csrrci, InstructionFormat.Csr, "csrrci", "d,c,z"),

        // M: multiplication and division.
        new("0000001 rs2 rs1 000 rd 0110011", Opcode.Mul, InstructionFormat.R, "mul", "d,s,t"),
        new("0000001 rs2 rs1 001 rd 0110011", Opcode.Mulh, InstructionFormat.R, "mulh", "d,s,t"),
        new("0000001 rs2 rs1 010 rd 0110011", Opcode.Mulhsu, InstructionFormat.R, "mulhsu", "d,s,t"),
        new("0000001 rs2 rs1 011 rd 0110011", Opcode.Mulhu, InstructionFormat.R, "mulhu", "d,s,t"),
        new("0000001 rs2 rs1 100 rd 0110011", Opcode.Div, InstructionFormat.R, "div", "d,s,t"),
        new("0000001 rs2 rs1 101 rd 0110011", Opcode.Divu, InstructionFormat.R, "divu", "d,s,t"),
        new("0000001 rs2 rs1 110 rd 0110011", Opcode.Rem, InstructionFormat.R, "rem", "d,s,t"),
        new("0000001 rs2 rs1 111 rd 0110011", Opcode.Remu, InstructionFormat.R, "remu", "d,s,t"),
        new("0000001 rs2 rs1 000 rd 0111011", Opcode.Mulw, InstructionFormat.R, "mulw", "d,s,t"),
        new("0000001 rs2 rs1 100 rd 0111011", Opcode.Divw, InstructionFormat.R, "divw", "d,s,t"),
        new("0000001 rs2 rs1 101 rd 0111011", Opcode.Divuw, InstructionFormat.R, "divuw", "d,s,t"),
        new("0000001 rs2 rs1 110 rd 0111011", Opcode.Remw, InstructionFormat.R, "remw", "d,s,t"),
        new("0000001 rs2 rs1 111 rd 0111011", Opcode.Remuw, InstructionFormat.R, "remuw", "d,s,t"),

        // A: load-reserved, store-conditional and atomic memory operations.
        new("00010 aq rl 00000 rs1 010 rd 0101111", Opcode.LrW, InstructionFormat.Atomic, "lr.w", "d,(s)"),
        new("00011 aq rl rs2 rs1 010 rd 0101111", Opcode.ScW, InstructionFormat.Atomic, "sc.w", "d,t,(s)"),
        new("00001 aq rl rs2 rs1 010 rd 0101111", Opcode.AmoswapW, InstructionFormat.Atomic, "amoswap.w", "d,t,(s)"),
        new("00000 aq rl rs2 rs1 010 rd 0101111", Opcode.AmoaddW, InstructionFormat.Atomic, "amoadd.w", "d,t,(s)"),
        new("00100 aq rl rs2 rs1 010 rd 0101111", Opcode.AmoxorW, InstructionFormat.Atomic, "amoxor.w", "d,t,(s)"),
        new("01100 aq rl rs2 rs1 010 rd 0101111", Opcode.AmoandW, InstructionFormat.Atomic, "amoand.w", "d,t,(s)"),
        new("01000 aq rl rs2 rs1 010 rd 0101111", Opcode.AmoorW, InstructionFormat.Atomic, "amoor.w", "d,t,(s)"),
        new("10000 aq rl rs2 rs1 010 rd 0101111", Opcode.AmominW, InstructionFormat.Atomic, "amomin.w", "d,t,(s)"),
        new("10100 aq rl rs2 rs1 010 rd 0101111", Opcode.AmomaxW, InstructionFormat.Atomic, "amomax.w", "d,t,(s)"),
        new("11000 aq rl rs2 rs1 010 rd 0101111", Opcode.AmominuW, InstructionFormat.Atomic, "amominu.w", "d,t,(s)"),
        new("11100 aq rl rs2 rs1 010 rd 0101111", Opcode.AmomaxuW, InstructionFormat.Atomic, "amomaxu.w", "d,t,(s)"),
        new("00010 aq rl 00000 rs1 011 rd 0101111", Opcode.LrD, InstructionFormat.Atomic, "lr.d", "d,(s)"),
        new("00011 aq rl rs2 rs1 011 rd 0101111", Opcode.ScD, InstructionFormat.Atomic, "sc.d", "d,t,(s)"),
        new("00001 aq rl rs2 rs1 011 rd 0101111", Opcode.AmoswapD, InstructionFormat.Atomic, "amoswap.d", "d,t,(s)"),
        new("00000 aq rl rs2 rs1 011 rd 0101111", Opcode.AmoaddD, InstructionFormat.Atomic, "amoadd.d", "d,t,(s)"),
        new("00100 aq rl rs2 rs1 011 rd 0101111", Opcode.AmoxorD, InstructionFormat.Atomic, "amoxor.d", "d,t,(s)"),
        new("01100 aq rl rs2 rs1 011 rd 0101111", Opcode.AmoandD, InstructionFormat.Atomic, "amoand.d", "d,t,(s)"),
        new("01000 aq rl rs2 rs1 011 rd 0101111", Opcode.AmoorD, InstructionFormat.Atomic, "amoor.d", "d,t,(s)"),
        new("10000 aq rl rs2 rs1 011 rd 0101111", Opcode.AmominD, InstructionFormat.Atomic, "amomin.d", "d,t,(s)"),
        new("10100 aq rl rs2 rs1 011 rd 0101111", Opcode.AmomaxD, InstructionFormat.Atomic, "amomax.d", "d,t,(s)"),
        new("11000 aq rl rs2 rs1 011 rd 0101111", Opcode.AmominuD, InstructionFormat.Atomic, "amominu.d", "d,t,(s)"),
        new("11100 aq rl rs2 rs1 011 rd 0101111", Opcode.AmomaxuD, InstructionFormat.Atomic, "amomaxu.d", "d,t,(s)"),

        // F: single-precision floating point.
        new("imm[11:0] rs1 010 rd 0000111", Opcode.Flw, InstructionFormat.I, "flw", "D,o(s)"),
        new("imm[11:5] rs2 rs1 010 imm[4:0] 0100111", Opcode.Fsw, InstructionFormat.S, "fsw", "T,o(s)"),
        new("rs3 00 rs2 rs1 rm rd 1000011", Opcode.FmaddS, InstructionFormat.R4, "fmadd.s", "D,S,T,Rm"),
        new("rs3 00 rs2 rs1 rm rd 1000111", Opcode.FmsubS, InstructionFormat.R4, "fmsub.s", "D,S,T,Rm"),
        new("rs3 00 rs2 rs1 rm rd 1001011", Opcode.FnmsubS, InstructionFormat.R4, "fnmsub.s", "D,S,T,Rm"),
        new("rs3 00 rs2 rs1 rm rd 1001111", Opcode.FnmaddS, InstructionFormat.R4, "fnmadd.s", "D,S,T,Rm"),
        new("0000000 rs2 rs1 rm rd 1010011", Opcode.FaddS, InstructionFormat.FloatR, "fadd.s", "D,S,Tm"),
        new("0000100 rs2 rs1 rm rd 1010011", Opcode.FsubS, InstructionFormat.FloatR, "fsub.s", "D,S,Tm"),
        new("0001000 rs2 rs1 rm rd 1010011", Opcode.FmulS, InstructionFormat.FloatR, "fmul.s", "D,S,Tm"),
        new("0001100 rs2 rs1 rm rd 1010011", Opcode.FdivS, InstructionFormat.FloatR, "fdiv.s", "D,S,Tm"),
        new("0101100 00000 rs1 rm rd 1010011", Opcode.FsqrtS, InstructionFormat.Convert, "fsqrt.s", "D,Sm"),
        new("0010000 rs2 rs1 000 rd 1010011", Opcode.FsgnjS, InstructionFormat.R, "fsgnj.s", "D,S,T"),
        new("0010000 rs2 rs1 001 rd 1010011", Opcode.FsgnjnS, InstructionFormat.R, "fsgnjn.s", "D,S,T"),
        new("0010000 rs2 rs1 010 rd 1010011", Opcode.FsgnjxS, InstructionFormat.R, "fsgnjx.s", "D,S,T"),
        new("0010100 rs2 rs1 000 rd 1010011", Opcode.FminS, InstructionFormat.R, "fmin.s", "D,S,T"),
        new("0010100 rs2 rs1 001 rd 1010011", Opcode.FmaxS, InstructionFormat.R, "fmax.s", "D,S,T"),
        new("1100000 00000 rs1 rm rd 1010011", Opcode.FcvtWS, InstructionFormat.Convert, "fcvt.w.s", "d,Sm"),
        new("1100000 00001 rs1 rm rd 1010011", Opcode.FcvtWuS, InstructionFormat.Convert, "fcvt.wu.s", "d,Sm"),
        new("1110000 00000 rs1 000 rd 1010011", Opcode.FmvXW, InstructionFormat.Unary, "fmv.x.w", "d,S"),
        new("1010000 rs2 rs1 010 rd 1010011", Opcode.FeqS, InstructionFormat.R, "feq.s", "d,S,T"),
        new("1010000 rs2 rs1 001 rd 1010011", Opcode.FltS, InstructionFormat.R, "flt.s", "d,S,T"),
        new("1010000 rs2 rs1 000 rd 1010011", Opcode.FleS, InstructionFormat.R, "fle.s", "d,S,T"),
        new("1110000 00000 rs1 001 rd 1010011", Opcode.FclassS, InstructionFormat.Unary, "fclass.s", "d,S"),
        new("1101000 00000 rs1 rm rd 1010011", Opcode.FcvtSW, InstructionFormat.Convert, "fcvt.s.w", "D,sm"),
        new("1101000 00001 rs1 rm rd 1010011", Opcode.FcvtSWu, InstructionFormat.Convert, "fcvt.s.wu", "D,sm"),
        new("1111000 00000 rs1 000 rd 1010011", Opcode.FmvWX, InstructionFormat.Unary, "fmv.w.x", "D,s"),
        new("1100000 00010 rs1 rm rd 1010011", Opcode.FcvtLS, InstructionFormat.Convert, "fcvt.l.s", "d,Sm"),
        new("1100000 00011 rs1 rm rd 1010011", Opcode.FcvtLuS, InstructionFormat.Convert, "fcvt.lu.s", "d,Sm"),
        new("1101000 00010 rs1 rm rd 1010011", Opcode.FcvtSL, InstructionFormat.Convert, "fcvt.s.l", "D,sm"),
        new("1101000 00011 rs1 rm rd 1010011", Opcode.FcvtSLu, InstructionFormat.Convert, "fcvt.s.lu", "D,sm"),

        // D: double-precision floating point.
        new("imm[11:0] rs1 011 rd 0000111", Opcode.Fld, InstructionFormat.I, "fld", "D,o(s)"),
        new("imm[11:5] rs2 rs1 011 imm[4:0] 0100111", Opcode.Fsd, InstructionFormat.S, "fsd", "T,o(s)"),
        new("rs3 01 rs2 rs1 rm rd 1000011", Opcode.FmaddD, InstructionFormat.R4, "fmadd.d", "D,S,T,Rm"),
        new("rs3 01 rs2 rs1 rm rd 1000111", Opcode.FmsubD, InstructionFormat.R4, "fmsub.d", "D,S,T,Rm"),
        new("rs3 01 rs2 rs1 rm rd 1001011", Opcode.FnmsubD, InstructionFormat.R4, "fnmsub.d", "D,S,T,Rm"),
        new("rs3 01 rs2 rs1 rm rd 1001111", Opcode.FnmaddD, InstructionFormat.R4, "fnmadd.d", "D,S,T,Rm"),
        new("0000001 rs2 rs1 rm rd 1010011", Opcode.FaddD, InstructionFormat.FloatR, "fadd.d", "D,S,Tm"),
        new("0000101 rs2 rs1 rm rd 1010011", Opcode.FsubD, InstructionFormat.FloatR, "fsub.d", "D,S,Tm"),
        new("0001001 rs2 rs1 rm rd 1010011", Opcode.FmulD, InstructionFormat.FloatR, "fmul.d", "D,S,Tm"),
        new("0001101 rs2 rs1 rm rd 1010011", Opcode.FdivD, InstructionFormat.FloatR, "fdiv.d", "D,S,Tm"),
        new("0101101 00000 rs1 rm rd 1010011", Opcode.FsqrtD, InstructionFormat.Convert, "fsqrt.d", "D,Sm"),
        new("0010001 rs2 rs1 000 rd 1010011", Opcode.FsgnjD, InstructionFormat.R, "fsgnj.d", "D,S,T"),
        new("0010001 rs2 rs1 001 rd 1010011", Opcode.FsgnjnD, InstructionFormat.R, "fsgnjn.d", "D,S,T"),
        new("0010001 rs2 rs1 010 rd 1010011", Opcode.FsgnjxD, InstructionFormat.R, "fsgnjx.d", "D,S,T"),
        new("0010101 rs2 rs1 000 rd 1010011", Opcode.FminD, InstructionFormat.R, "fmin.d", "D,S,T"),
        new("0010101 rs2 rs1 001 rd 1010011", Opcode.FmaxD, InstructionFormat.R, "fmax.d", "D,S,T"),
        new("0100000 00001 rs1 rm rd 1010011", Opcode.FcvtSD, InstructionFormat.Convert, "fcvt.s.d", "D,Sm"),
        new("0100001 00000 rs1 rm rd 1010011", Opcode.FcvtDS, InstructionFormat.Convert, "fcvt.d.s", "D,Se"),
        new("1010001 rs2 rs1 010 rd 1010011", Opcode.FeqD, InstructionFormat.R, "feq.d", "d,S,T"),
        new("1010001 rs2 rs1 001 rd 1010011", Opcode.FltD, InstructionFormat.R, "flt.d", "d,S,T"),
        new("1010001 rs2 rs1 000 rd 1010011", Opcode.FleD, InstructionFormat.R, "fle.d", "d,S,T"),
        new("1110001 00000 rs1 001 rd 1010011", Opcode.FclassD, InstructionFormat.Unary, "fclass.d", "d,S"),
        new("1100001 00000 rs1 rm rd 1010011", Opcode.FcvtWD, InstructionFormat.Convert, "fcvt.w.d", "d,Sm"),
        new("1100001 00001 rs1 rm rd 1010011", Opcode.FcvtWuD, InstructionFormat.Convert, "fcvt.wu.d", "d,Sm"),
        new("1101001 00000 rs1 rm rd 1010011", Opcode.FcvtDW, InstructionFormat.Convert, "fcvt.d.w", "D,se"),
        new("1101001 00001 rs1 rm rd 1010011", Opcode.FcvtDWu, InstructionFormat.Convert, "fcvt.d.wu", "D,se"),
        new("1100001 00010 rs1 rm rd 1010011", Opcode.FcvtLD, InstructionFormat.Convert, "fcvt.l.d", "d,Sm"),
        new("1100001 00011 rs1 rm rd 1010011", Opcode.FcvtLuD, InstructionFormat.Convert, "fcvt.lu.d", "d,Sm"),
        new("1110001 00000 rs1 000 rd 1010011", Opcode.FmvXD, InstructionFormat.Unary, "fmv.x.d", "d,S"),
        new("1101001 00010 rs1 rm rd 1010011", Opcode.FcvtDL, InstructionFormat.Convert, "fcvt.d.l", "D,sm"),
        new("1101001 00011 rs1 rm rd 1010011", Opcode.FcvtDLu, InstructionFormat.Convert, "fcvt.d.lu", "D,sm"),
        new("1111001 00000 rs1 000 rd 1010011", Opcode.FmvDX, InstructionFormat.Unary, "fmv.d.x", "D,s"),

        // Privileged instructions (RISC-V privileged ISA, chapter "RISC-V Privileged Instruction Set Listings").
        new("0001000 00010 00000 000 00000 1110011", Opcode.Sret, InstructionFormat.Bare, "sret", ""),
        new("0011000 00010 00000 000 00000 1110011", Opcode.Mret, InstructionFormat.Bare, "mret", ""),
        new("0001000 00101 00000 000 00000 1110011", Opcode.Wfi, InstructionFormat.Bare, "wfi", ""),
        new("0001001 rs2 rs1 000 00000 1110011", Opcode.SfenceVma, InstructionFormat.R, "sfence.vma", "s,t"),
    ];

    private static readonly InstructionEncoding?[] TableByOpcode = IndexByOpcode();
    private static readonly InstructionEncoding[][] TableByKey = IndexByKey();

    /// <summary>Every encoding, one per opcode.</summary>
    public static ReadOnlySpan<InstructionEncoding> All => Table;

    /// <summary>The encoding of an instruction.</summary>
    /// <returns>Null for <see cref="Opcode.Illegal"/>.</returns>
    public static InstructionEncoding? Of(Opcode opcode) => TableByOpcode[(int)opcode];

    /// <summary>The encoding whose fixed bits a 32-bit instruction word has.</summary>
    /// <param name="word">An instruction word whose low two bits are set.</param>
    /// <returns>Null if RV64GC defines no such instruction.</returns>
    public static InstructionEncoding? Find(uint word)
    {
        foreach (var row in TableByKey[Key(word)])
        {
            if ((word & row.Mask) == row.Match)
            {
                return row;
            }
        }

        return null;
    }

    private static int Key(uint word) => (int)(
        ((word >> 2) & 0x1F) | (((word >> 12) & 0x7) << MajorBits) | ((word >> 27) << (MajorBits + Funct3Bits)));

    private static InstructionEncoding?[] IndexByOpcode()
    {
        var index = new InstructionEncoding?[(int)Enum.GetValues<Opcode>().Max() + 1];
        foreach (var row in Table)
        {
            index[(int)row.Opcode] = row;
        }

        return index;
    }

    private static InstructionEncoding[][] IndexByKey()
    {
        var index = new InstructionEncoding[KeyCount][];
        Array.Fill(index, []);
        foreach (var row in Table)
        {
            // A row belongs to every key that agrees with its fixed bits: step through the subsets of the others.
            var match = Key(row.Match);
            var free = ~Key(row.Mask) & (KeyCount - 1);
            var subset = 0;
            do
            {
                index[match | subset] = [.. index[match | subset], row];
                subset = (subset - free) & free;
            }
            while (subset != 0);
        }

        return index;
    }
}
