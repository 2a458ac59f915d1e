namespace Vee.Api.Schema;

/// <summary>Bounds that have nothing to do with what is counted.</summary>
internal static class Bounds
{
    /// <summary>The greatest integer that every reader of JSON keeps exactly: 2^53 - 1.</summary>
    internal const double Integer = 9_007_199_254_740_991;
}
