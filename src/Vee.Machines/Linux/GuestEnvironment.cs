namespace Vee.Machines.Linux;

/// <summary>The environment that a guest starts with.</summary>
public static class GuestEnvironment
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>
    /// PATH and HOME, then TERM when there is a terminal to describe, then what was given; a later value of a name
    /// replaces an earlier one. Nothing else comes from the host, so that a run does not depend on where it is made.
    /// </summary>
    /// <param name="given">NAME=value, one character per byte.</param>
    /// <param name="terminalType">TERM; null or empty where there is no terminal.</param>
    public static IReadOnlyList<string> Build(IReadOnlyList<string> given, string? terminalType)
    {
        ArgumentNullException.ThrowIfNull(given);
        var variables = new List<string> { $"PATH={DefaultPath}", "HOME=/root" };
        if (!string.IsNullOrEmpty(terminalType))
        {
            variables.Add($"TERM={terminalType}");
        }

        foreach (var variable in given)
        {
            var name = variable[..(variable.IndexOf('=', StringComparison.Ordinal) + 1)];
            variables.RemoveAll(other => other.StartsWith(name, StringComparison.Ordinal));
            variables.Add(variable);
        }

        return variables;
    }
}
