using Vee.Hypervisor.Tests.Hosts;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>A small machine that is always at work, and what it prints when it stays where it is.</summary>
internal static class Unmoved
{
    public const string Program = "bin/writer";
    public const string Arguments = "--memory 256K --rate 1000 --rounds 100 --pattern random-words";

    /// <summary>How long it takes, and a little more; nanoseconds.</summary>
    public const long Life = 7 * TestHost.Second;

    /// <summary>What it prints.</summary>
    public static string Output { get; } = Run();

    private static string Run()
    {
        using var stays = Move.Of(Program, Arguments);
        stays.RunFor(Life);
        return stays.Console.Output is { Length: > 0 } output ? output
            : throw new InvalidOperationException("it has printed nothing");
    }
}
