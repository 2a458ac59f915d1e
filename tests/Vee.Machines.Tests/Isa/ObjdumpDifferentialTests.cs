using System.Text.RegularExpressions;
using Vee.Machines.Isa;
using Xunit;

namespace Vee.Machines.Tests.Isa;

/// <summary>
/// Compares decoder and disassembler with GNU objdump. Where the two differ on purpose, a named normalisation below
/// says why; objdump also knows extensions beyond RV64GC, whose mnemonics count as illegal here.
/// </summary>
public sealed partial class ObjdumpDifferentialTests
{
    private const string NotInstalled = "riscv64-linux-gnu-objdump is not installed (binutils-riscv64-linux-gnu)";
    private const string Illegal = "illegal";
    private const string Lenient = "accepted by us alone";
    private const int WordsPerRow = 200;
    private const int UniformWordCount = 20_000;
    private const int ReportMax = 20;

    private static readonly HashSet<string> OurMnemonics =
        [.. Encodings.All.ToArray().Select(row => row.Mnemonic), "fence.tso"];

    [Fact]
    public void Words_are_written_as_objdump_writes_them()
    {
        Assert.SkipWhen(Objdump.Path is null, NotInstalled);
        TestContext.Current.TestOutputHelper?.WriteLine($"VEE_TEST_SEED={TestSeed.Value}");
        var words = RandomWords(new Random(TestSeed.Value));
        var theirs = Objdump.Disassemble(words, 4);
        var differences = new List<string>();
        for (var i = 0; i < words.Count; i++)
        {
            var pc = (ulong)i * 4;
            var ours = Decoder.Decode(words[i]);
            var expected = NormalizeTheirs(theirs[pc], words[i]);
            var actual = NormalizeOurs(ours, pc, expected);
            if (!string.Equals(expected, actual, StringComparison.Ordinal))
            {
                differences.Add($"0x{words[i]:x8} at 0x{pc:x}: objdump '{theirs[pc]}', ours '{actual}'");
            }
        }

        AssertNone(differences);
    }

    [Fact]
    public void Compressed_halfwords_expand_as_objdump_reads_them()
    {
        Assert.SkipWhen(Objdump.Path is null, NotInstalled);
        uint[] halfwords = [.. Enumerable.Range(0, 0x1_0000).Where(h => (h & 0b11) != 0b11).Select(h => (uint)h)];
        Assert.Equal(49_152, halfwords.Length);
        var theirs = Objdump.Disassemble(halfwords, 2);
        var differences = new List<string>();
        for (var i = 0; i < halfwords.Length; i++)
        {
            var pc = (ulong)i * 2;
            var ours = Decoder.Decode(halfwords[i]);
            var actual = ours.Opcode == Opcode.Illegal ? Illegal : Disassembler.Format(ours, pc);
            var expected = CompressedText.Expand(theirs[pc]) ?? Illegal;
            if (!string.Equals(expected, actual, StringComparison.Ordinal))
            {
                differences.Add($"0x{halfwords[i]:x4} at 0x{pc:x}: objdump '{theirs[pc]}', ours '{actual}'");
            }
        }

        AssertNone(differences);
    }

    /// <summary>Random operands for every row, the same with one fixed bit flipped, and uniform words.</summary>
    private static List<uint> RandomWords(Random random)
    {
        var words = new List<uint>();
        foreach (var row in Encodings.All)
        {
            for (var i = 0; i < WordsPerRow; i++)
            {
                var word = (NextWord(random) & ~row.Mask) | row.Match;
                words.Add(word);
                words.Add(word ^ (1u << random.Next(2, 32)));
            }
        }

        words.AddRange(Enumerable.Range(0, UniformWordCount).Select(_ => NextWord(random)));

        // objdump reads words with these five bits set as the start of a longer encoding and would lose step.
        words.RemoveAll(word => (word & 0b11111) == 0b11111);
        return words;
    }

    private static uint NextWord(Random random) => (uint)random.NextInt64(1L << 32) | 0b11;

    private static string NormalizeTheirs(string text, uint word)
    {
        var mnemonic = Ordering().Replace(text.Split(' ')[0], "");
        if (IsLenientHere(word))
        {
            return Lenient;
        }

        // Rounding modes 5 and 6 are reserved: an instruction with one is illegal, where objdump says "unknown".
        var hasReservedRounding = mnemonic[0] == 'f' && mnemonic is not "fence"
            && text.EndsWith(",unknown", StringComparison.Ordinal);
        if (!OurMnemonics.Contains(mnemonic) || hasReservedRounding)
        {
            return Illegal;
        }

        return WithoutDynamic(text);
    }

    private static string NormalizeOurs(in Instruction instruction, ulong pc, string theirs)
    {
        if (theirs is Lenient)
        {
            return instruction.Opcode == Opcode.Illegal ? Illegal : theirs;
        }

        if (instruction.Opcode == Opcode.Illegal)
        {
            return Illegal;
        }

        var text = WithoutDynamic(Disassembler.Format(instruction, pc));

        // objdump names every CSR of the privileged ISA; we name those that a process can read.
        var isUnnamedCsr = instruction.Opcode is >= Opcode.Csrrw and <= Opcode.Csrrci
            && CsrNames.Of(instruction.Immediate).StartsWith("0x", StringComparison.Ordinal);
        return isUnnamedCsr && theirs.Split(',') is [_, var name, _] && !name.StartsWith("0x", StringComparison.Ordinal)
            ? text.Replace($",{CsrNames.Of(instruction.Immediate)},", $",{name},", StringComparison.Ordinal)
            : text;
    }

    /// <summary>Encodings that we accept, as the manual says, and objdump 2.40 does not know.</summary>
    private static bool IsLenientHere(uint word)
    {
        // FENCE and FENCE.I: reserved rd, rs1 and fm are to be ignored. fence.tso's own encoding is known.
        var isFence = (word & 0x707F) == 0x0F && (word & 0xF00F_FFFF) != 0x0F && word != 0x8330_000F;
        var isFenceI = (word & 0x707F) == 0x100F && word != 0x100F;

        // fcvt.d.w, fcvt.d.wu and fcvt.d.s are always exact and still have an rm field; objdump knows only rm=0.
        var isExactConversion = (word & 0xFFF0_007F) is 0xD200_0053 or 0xD210_0053 or 0x4200_0053;
        var isRoundingModeUnknown = ((word >> 12) & 0x7) is not (0 or 5 or 6);
        return isFence || isFenceI || (isExactConversion && isRoundingModeUnknown);
    }

    /// <summary>objdump 2.40 leaves out the rounding mode that is its default; newer ones write it.</summary>
    private static string WithoutDynamic(string text) =>
        text.EndsWith(",dyn", StringComparison.Ordinal) ? text[..^",dyn".Length] : text;

    private static void AssertNone(List<string> differences) => Assert.True(
        differences.Count == 0,
        $"VEE_TEST_SEED={TestSeed.Value}, {differences.Count} differences:\n"
        + string.Join('\n', differences.Take(ReportMax)));

    [GeneratedRegex(@"\.(aq|rl|aqrl)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Ordering();
}
