using Vee.Machines.Isa;
using Xunit;

namespace Vee.Machines.Tests.Isa;

public sealed class EncodingsTests
{
    [Fact]
    public void Table_has_exactly_one_row_for_every_opcode() => Assert.Equal(
        Enum.GetValues<Opcode>().Where(o => o != Opcode.Illegal),
        Encodings.All.ToArray().Select(row => row.Opcode).Order());

    [Fact]
    public void Rows_never_match_the_same_word()
    {
        var rows = Encodings.All.ToArray();
        foreach (var a in rows)
        {
            foreach (var b in rows.Where(b => b != a))
            {
                var common = a.Mask & b.Mask;
                Assert.True((a.Match & common) != (b.Match & common), $"{a.Mnemonic} overlaps {b.Mnemonic}");
            }
        }
    }

    [Fact]
    public void Mnemonics_are_distinct() =>
        Assert.Distinct(Encodings.All.ToArray().Select(row => row.Mnemonic), StringComparer.Ordinal);

    [Theory]
    [InlineData("0000000 rs2 rs1 000 rd")]
    [InlineData("0000000 rs2 rs1 000 rd 0110011 0")]
    public void Listing_that_is_not_32_bits_is_rejected(string listing) => Assert.Throws<ArgumentException>(
        () => new InstructionEncoding(listing, Opcode.Add, InstructionFormat.R, "add", "d,s,t"));

    [Fact]
    public void Listing_gives_the_mask_and_match_of_its_digits()
    {
        var row = new InstructionEncoding(
            "imm[12|10:5] rs2 rs1 001 imm[4:1|11] 1100011", Opcode.Bne, InstructionFormat.B, "bne", "s,t,p");

        Assert.Equal(0x0000_707Fu, row.Mask);
        Assert.Equal(0x0000_1063u, row.Match);
    }
}
