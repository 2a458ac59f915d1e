using Vee.Machines.Isa;

namespace Vee.Machines.Tests.Execution.Differential;

/// <summary>Random instructions that only go forward, with the registers and scratch memory they start from.</summary>
internal sealed record RandomSequence(
    IReadOnlyList<RandomItem> Items,
    ulong[] X,
    ulong[] F,
    uint FloatControl,
    byte[] Scratch,
    IReadOnlyList<(int Register, int Offset)> PointerOffsets)
{
    private const int JumpOneIn = 16;
    private const int JumpItemsMax = 12;

    internal static RandomSequence Generate(Random random, int itemCount)
    {
        var generator = new InstructionGenerator(random);
        var items = new RandomItem[itemCount];
        for (var index = 0; index < itemCount; index++)
        {
            var target = Math.Min(index + random.Next(1, JumpItemsMax), itemCount);
            items[index] = random.Next(JumpOneIn) == 0
                ? generator.NextJump(target, isNear: true)
                : generator.NextPlain();
        }

        var scratch = new byte[InstructionGenerator.ScratchBytes];
        random.NextBytes(scratch);
        return new RandomSequence(
            items,
            [.. Enumerable.Range(0, 32).Select(_ => EdgeValues.Next(random))],
            [.. Enumerable.Range(0, 32).Select(_ => FloatEdges.Next(random))],
            (uint)(random.Next(5) << 5 | (random.Next(2) == 0 ? 0 : random.Next(32))),
            scratch,
            [.. generator.PointerOffsets]);
    }

    /// <summary>The same without one item.</summary>
    internal RandomSequence Without(int index) => this with
    {
        Items =
        [
            .. Items.Where((_, other) => other != index).Select(item =>
                item.Target > index ? item with { Target = item.Target - 1 } : item),
        ],
    };

    /// <summary>The instructions, one line each, as if the first were at address 0.</summary>
    internal string Disassemble()
    {
        var lines = new List<string>();
        var pc = 0UL;
        foreach (var encoding in RandomItem.Encode(Items))
        {
            var instruction = Decoder.Decode(encoding);
            lines.Add($"  {pc:x3}: {encoding:x8} {Disassembler.Format(instruction, pc)}");
            pc += instruction.Length;
        }

        return string.Join('\n', lines);
    }
}
