using System.Globalization;
using Xunit;

namespace Vee.Machines.Tests.Isa;

/// <summary>The seed of random tests: VEE_TEST_SEED where set, otherwise new in every run. Tests print it.</summary>
internal static class TestSeed
{
    public static int Value { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("VEE_TEST_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? seed
            : Environment.TickCount;

    /// <summary>Prints the seed with the test's output and returns it.</summary>
    public static int Announce()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"VEE_TEST_SEED={Value}");
        return Value;
    }
}
