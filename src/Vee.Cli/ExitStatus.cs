namespace Vee.Cli;

/// <summary>Exit statuses of <c>vee</c> itself; a guest's own is passed on as it is.</summary>
internal static class ExitStatus
{
    /// <summary>The machine could not go on, though the guest had not ended.</summary>
    internal const int Failure = 1;

    /// <summary>The command line was wrong.</summary>
    internal const int Usage = 2;

    /// <summary>The program was found but cannot be run (as a shell says it).</summary>
    internal const int CannotRun = 126;

    /// <summary>The program was not found (as a shell says it).</summary>
    internal const int NotFound = 127;

    /// <summary>Ended by a second interrupt: 128 plus SIGINT.</summary>
    internal const int Interrupted = 130;
}
