namespace Vee.Machines.Tests.Isa;

/// <summary>Rewrites objdump's text of a compressed instruction as the text of its expansion.</summary>
internal static class CompressedText
{
    /// <returns>Null where RV64GC defines no such instruction.</returns>
    public static string? Expand(string text)
    {
        var words = text.Split(' ');
        var operands = words.Length > 1 ? words[1].Split(',') : [];
        return (words[0], operands) switch
        {
            // objdump accepts a zero adjustment, which the manual reserves.
            ("c.addi16sp", [_, "0"]) => null,
            ("c.addi16sp", [var rd, var amount]) => $"addi {rd},{rd},{amount}",
            ("c.addi4spn", [var rd, var sp, var amount]) => $"addi {rd},{sp},{amount}",
            ("c.addi" or "c.addiw" or "c.andi" or "c.slli" or "c.srli" or "c.srai", [var rd, var immediate]) =>
                $"{words[0][2..]} {rd},{rd},{immediate}",

            // A shift by zero is a HINT on RV64; objdump writes it as RV128's shift by 64.
            ("c.slli64" or "c.srli64" or "c.srai64", [var rd]) => $"{words[0][2..^2]} {rd},{rd},0x0",
            ("c.sub" or "c.xor" or "c.or" or "c.and" or "c.subw" or "c.addw" or "c.add", [var rd, var rs2]) =>
                $"{words[0][2..]} {rd},{rd},{rs2}",
            ("c.li", [var rd, var immediate]) => $"addi {rd},zero,{immediate}",
            ("c.lui", [var rd, var immediate]) => $"lui {rd},{immediate}",
            ("c.mv", [var rd, var rs2]) => $"add {rd},zero,{rs2}",
            ("c.j", [var target]) => $"jal zero,{target}",
            ("c.jr", [var address]) => $"jalr zero,0({address})",
            ("c.jalr", [var address]) => $"jalr ra,0({address})",
            ("c.beqz", [var rs1, var target]) => $"beq {rs1},zero,{target}",
            ("c.bnez", [var rs1, var target]) => $"bne {rs1},zero,{target}",
            ("c.ebreak", []) => "ebreak",
            ("c.lwsp" or "c.ldsp" or "c.fldsp" or "c.swsp" or "c.sdsp" or "c.fsdsp", [var data, var address]) =>
                $"{words[0][2..^2]} {data},{address}",
            ("c.lw" or "c.ld" or "c.fld" or "c.sw" or "c.sd" or "c.fsd", [var data, var address]) =>
                $"{words[0][2..]} {data},{address}",
            _ => null,
        };
    }
}
