namespace Vee.Layers.Canary.Statics;

internal static class Shared
{
    private const int Constant = 1;
    private static readonly int[] Frozen = [Constant];
    private static int count;

    [ThreadStatic]
    private static int countOfThread;

    internal static string Name { get; set; } = "";

    /// <summary>Innocent: set once.</summary>
    internal static string Fixed { get; } = "fixed";

    /// <summary>Innocent: the compiler keeps this lambda in a static field of its own.</summary>
    internal static Func<int, int> Next => n => n + Frozen.Length;

    internal static int Count() => ++count + ++countOfThread;
}
