using Vee.Machines.Harts;

namespace Vee.Machines.Tests.Execution;

/// <summary>Everything a program can see of a hart, to be compared.</summary>
internal sealed class HartSnapshot
{
    internal required ulong[] X { get; init; }

    internal required ulong[] F { get; init; }

    internal required uint FloatControl { get; set; }

    internal required ulong Pc { get; set; }

    internal required ulong Retired { get; set; }

    internal required ulong Cycles { get; set; }

    internal static HartSnapshot Of(Hart hart) => new()
    {
        X = [.. Enumerable.Range(0, 32).Select(hart.GetX)],
        F = [.. Enumerable.Range(0, 32).Select(hart.GetF)],
        FloatControl = hart.FloatControl,
        Pc = hart.Pc,
        Retired = hart.Retired,
        Cycles = hart.Cycles,
    };

    /// <summary>What differs, one line each.</summary>
    internal IEnumerable<string> DifferencesTo(HartSnapshot actual)
    {
        for (var index = 0; index < 32; index++)
        {
            if (X[index] != actual.X[index])
            {
                yield return $"x{index}: expected 0x{X[index]:x}, is 0x{actual.X[index]:x}";
            }

            if (F[index] != actual.F[index])
            {
                yield return $"f{index}: expected 0x{F[index]:x}, is 0x{actual.F[index]:x}";
            }
        }

        if (FloatControl != actual.FloatControl)
        {
            yield return $"fcsr: expected 0x{FloatControl:x}, is 0x{actual.FloatControl:x}";
        }

        if (Pc != actual.Pc)
        {
            yield return $"pc: expected 0x{Pc:x}, is 0x{actual.Pc:x}";
        }

        if (Retired != actual.Retired)
        {
            yield return $"retired: expected {Retired}, is {actual.Retired}";
        }

        if (Cycles != actual.Cycles)
        {
            yield return $"cycles: expected {Cycles}, is {actual.Cycles}";
        }
    }
}
