namespace Vee.Operator.Decisions.Migrations;

/// <summary>
/// Whose turn it is: so many migrations at once, the oldest first, as each takes bandwidth and cores from machines.
/// </summary>
internal static class Turn
{
    /// <summary>In the cluster.</summary>
    public const int AtOnceMax = 5;

    /// <summary>From one host.</summary>
    public const int AtOnceOfHostMax = 2;

    /// <summary>Why a migration has to wait, as a sentence; null when it is its turn.</summary>
    public static string? WaitsFor(MigrationInput input)
    {
        var host = input.Machine!.Status!.HostName!;
        var (leaving, waiting) = (input.HostsBeingLeft, input.HostsToBeLeft);
        if (leaving.Count(h => h == host) + waiting.Count(h => h == host) >= AtOnceOfHostMax)
        {
            return $"{AtOnceOfHostMax} machines at most leave one host at once, and others leave host {host} first";
        }

        // Those that wait for a host which enough leave already keep nobody else waiting.
        var ahead = waiting.GroupBy(h => h, StringComparer.Ordinal)
            .Sum(g => Math.Min(g.Count(), Math.Max(0, AtOnceOfHostMax - leaving.Count(h => h == g.Key))));
        return leaving.Count + ahead >= AtOnceMax
            ? $"{AtOnceMax} machines at most move at once, and others move first" : null;
    }
}
