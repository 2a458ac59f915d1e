using Vee.Machines.FloatingPoint;
using Xunit;

namespace Vee.Machines.Tests.FloatingPoint;

/// <summary>The module against exact rational arithmetic, in all rounding modes and both formats.</summary>
public sealed class FloatOracleTests
{
    private const int CasesPerMode = 1500;

    public static TheoryData<FloatOperation, bool> Operations
    {
        get
        {
            var data = new TheoryData<FloatOperation, bool>();
            foreach (var operation in Enum.GetValues<FloatOperation>())
            {
                data.Add(operation, true);
                data.Add(operation, false);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_on_random_operands_is_exact_result_rounded_once(FloatOperation operation, bool isDouble)
    {
        var seed = 1000 + (int)operation;
        var source = new OperandSource(isDouble, seed);
        foreach (var mode in Enum.GetValues<RoundingMode>())
        {
            for (var i = 0; i < CasesPerMode; i++)
            {
                AssertCorrect(source.NextCase(operation, mode), seed);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_on_landmarks_is_exact_result_rounded_once(FloatOperation operation, bool isDouble)
    {
        var landmarks = OperandSource.Landmarks(isDouble);
        var isUnary = operation is FloatOperation.SquareRoot or >= FloatOperation.Classify;
        ulong[] second = isUnary ? [0] : landmarks;
        var isFused = operation == FloatOperation.FusedMultiplyAdd;
        foreach (var mode in Enum.GetValues<RoundingMode>())
        {
            foreach (var a in landmarks)
            {
                foreach (var b in second)
                {
                    // All triples would be too many; each pair meets one summand, another one in each mode.
                    var c = isFused ? landmarks[((a ^ b ^ (ulong)mode) * 31 % (ulong)landmarks.Length)] : 0;
                    AssertCorrect(new FloatCase(operation, isDouble, a, b, c, mode), seed: 0);
                }
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fused_multiply_add_of_special_operands_is_exact_result_rounded_once(bool isDouble)
    {
        var sign = isDouble ? 1UL << 63 : 1UL << 31;
        ulong[] magnitudes = isDouble
            ? [0, 1, 0x3ff0000000000000, 0x7fefffffffffffff, 0x7ff0000000000000, 0x7ff0000000000001, 0x7ff8000000000000]
            : [0, 1, 0x3f800000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000];
        ulong[] operands = [.. magnitudes, .. magnitudes.Select(m => m | sign)];
        foreach (var mode in Enum.GetValues<RoundingMode>())
        {
            foreach (var a in operands)
            {
                foreach (var (b, c) in operands.SelectMany(b => operands.Select(c => (b, c))))
                {
                    AssertCorrect(new FloatCase(FloatOperation.FusedMultiplyAdd, isDouble, a, b, c, mode), seed: 0);
                }
            }
        }
    }

    private static void AssertCorrect(in FloatCase c, int seed)
    {
        var expected = ExactOracle.Evaluate(c);
        var software = c.RunSoftware();
        Assert.True(expected == software, $"{c} (seed {seed}): expected {expected}, software {software}");
        var fast = c.Run();
        Assert.True(expected == fast, $"{c} (seed {seed}): expected {expected}, but was {fast}");
    }
}
