using System.Buffers.Binary;
using System.Globalization;
using Vee.Machines.Isa;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Execution.Differential;

/// <summary>
/// Random sequences of all instructions of user mode, run here and under qemu-riscv64: every register, fcsr and the
/// scratch memory have to be equal.
/// </summary>
/// <remarks>
/// What is left out, because both are right there and differ: counters and time; SC whose size is not its LR's (qemu
/// compares the address alone); traps, which end a process under qemu. VEE_TEST_INSTRUCTIONS sets how many
/// instructions to run, for campaigns.
/// </remarks>
public sealed class QemuDifferentialTests
{
    private const long DefaultInstructionCount = 1_200_000;
    private const int SequencesPerBatch = 2_000;
    private const int ItemsPerSequence = 32;
    private const int ReportMax = 3;

    private static readonly long InstructionCount = long.TryParse(
        Environment.GetEnvironmentVariable("VEE_TEST_INSTRUCTIONS"), CultureInfo.InvariantCulture, out var count)
        ? count
        : DefaultInstructionCount;

    [Fact]
    public async Task Random_sequences_end_as_they_end_under_qemu()
    {
        Assert.SkipWhen(Qemu.Path is null, "qemu-riscv64 is not installed (qemu-user); integers are still checked.");
        var output = TestContext.Current.TestOutputHelper;
        output?.WriteLine($"VEE_TEST_SEED={TestSeed.Value}");
        var executed = 0L;
        var sequenceCount = 0L;
        for (var batch = 0; executed < InstructionCount; batch++)
        {
            var random = new Random(unchecked((TestSeed.Value * 1_000_003) + batch));
            RandomSequence[] sequences =
                [.. Enumerable.Range(0, SequencesPerBatch)
                    .Select(_ => RandomSequence.Generate(random, ItemsPerSequence))];
            var (failed, count) = await CompareAsync(sequences, random);
            executed += count;
            sequenceCount += sequences.Length;
            if (failed.Count != 0)
            {
                Assert.Fail(await ExplainAsync(sequences, failed, batch));
            }
        }

        output?.WriteLine($"{sequenceCount} random sequences of {executed} instructions, all equal.");
    }

    [Fact]
    public void Generator_uses_every_user_instruction_and_all_rounding_modes()
    {
        var random = new Random(TestSeed.Value);
        var seen = new HashSet<(Opcode, int, byte)>();
        for (var index = 0; index < 6_000; index++)
        {
            foreach (var encoding in RandomItem.Encode(RandomSequence.Generate(random, ItemsPerSequence).Items))
            {
                var instruction = Decoder.Decode(encoding);
                seen.Add((instruction.Opcode, instruction.RoundingMode, instruction.Length));
            }
        }

        var missing = Enum.GetValues<Opcode>()
            .Where(opcode => opcode is not (Opcode.Illegal or Opcode.Ecall or Opcode.Ebreak or >= Opcode.Sret))
            .SelectMany(opcode => OperandShape.Of(opcode).HasRm
                ? new[] { 0, 1, 2, 3, 4, 7 }.Select(mode => (opcode, mode, (byte)4))
                : [(opcode, 0, (byte)4)])
            .Where(wanted => !seen.Contains(wanted));
        Assert.Empty(missing);
        Assert.InRange(seen.Count(use => use.Item3 == 2), 20, 100);
    }

    /// <returns>Indices of the sequences that differ, or all when either side did not get to the end.</returns>
    private static async Task<(List<int> Failed, long Executed)> CompareAsync(
        IReadOnlyList<RandomSequence> sequences, Random cuts)
    {
        var image = new BatchImage(sequences);
        var theirs = await Qemu.RunAsync(image.Bytes, TestContext.Current.CancellationToken);
        var (ours, _, executed) = InterpretedBatch.Run(image, () => cuts.Next(1, 2_000));
        if (ours is null || theirs is null || theirs.Length != image.TableBytes)
        {
            return ([.. Enumerable.Range(0, sequences.Count)], 0);
        }

        List<int> failed =
        [
            .. Enumerable.Range(0, sequences.Count).Where(index =>
                !Record(ours, index).SequenceEqual(Record(theirs, index))),
        ];
        var drivers = (sequences.Count * (long)BatchImage.DriverInstructionsPerSequence)
            + BatchImage.DriverInstructionsOnce;
        return (failed, executed - drivers);
    }

    private static Span<byte> Record(byte[] table, int index) =>
        table.AsSpan(index * BatchImage.RecordBytes, BatchImage.RecordBytes);

    private static async Task<bool> FailsAsync(IReadOnlyList<RandomSequence> sequences) =>
        (await CompareAsync(sequences, new Random(0))).Failed.Count != 0;

    /// <summary>Finds sequences that fail alone and shortens the first ones as far as they still fail.</summary>
    private static async Task<string> ExplainAsync(RandomSequence[] sequences, List<int> failed, int batch)
    {
        List<string> report = [$"VEE_TEST_SEED={TestSeed.Value}, batch {batch}: {failed.Count} sequences differ"];
        var suspects = failed.Count == sequences.Length
            ? await BisectAsync([.. sequences])
            : [.. failed.Take(ReportMax).Select(index => sequences[index])];
        foreach (var suspect in suspects)
        {
            var shortest = suspect;
            for (var index = suspect.Items.Count - 1; index >= 0; index--)
            {
                var candidate = shortest.Without(index);
                shortest = await FailsAsync([candidate]) ? candidate : shortest;
            }

            report.Add(await DifferencesAsync(shortest));
            report.Add(shortest.Disassemble());
        }

        return string.Join('\n', report);
    }

    /// <summary>Of sequences that do not get to the end together, one that does not alone.</summary>
    private static async Task<List<RandomSequence>> BisectAsync(List<RandomSequence> sequences)
    {
        while (sequences.Count > 1)
        {
            var half = sequences[..(sequences.Count / 2)];
            sequences = await FailsAsync(half) ? half : sequences[(sequences.Count / 2)..];
        }

        return sequences;
    }

    private static async Task<string> DifferencesAsync(RandomSequence sequence)
    {
        var image = new BatchImage([sequence]);
        var theirs = await Qemu.RunAsync(image.Bytes, TestContext.Current.CancellationToken);
        var (ours, exit, _) = InterpretedBatch.Run(image, () => long.MaxValue);
        if (ours is null || theirs is null || theirs.Length != image.TableBytes)
        {
            return $"here: {exit}; qemu: {(theirs is null ? "did not exit with 0" : $"{theirs.Length} bytes")}";
        }

        var lines = new List<string>();
        for (var offset = 0; offset < BatchImage.RecordBytes; offset += 8)
        {
            var here = BinaryPrimitives.ReadUInt64LittleEndian(ours.AsSpan(offset));
            var there = BinaryPrimitives.ReadUInt64LittleEndian(theirs.AsSpan(offset));
            var before = BinaryPrimitives.ReadUInt64LittleEndian(image.Bytes.AsSpan(image.TableOffset + offset));
            if (here != there)
            {
                lines.Add($"{NameOf(offset)}: before 0x{before:x}, here 0x{here:x}, qemu 0x{there:x}");
            }
        }

        lines.Add($"fcsr before: 0x{sequence.FloatControl:x}");
        return string.Join('\n', lines);
    }

    private static string NameOf(int offset) => offset switch
    {
        < BatchImage.FloatOffset => RegisterNames.X(offset / 8),
        < BatchImage.ControlOffset => RegisterNames.F((offset - BatchImage.FloatOffset) / 8),
        BatchImage.ControlOffset => "fcsr",
        _ => $"scratch+{offset - BatchImage.ScratchOffset}",
    };
}
