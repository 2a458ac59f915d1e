namespace Vee.Cli.Cluster;

/// <summary>
/// A command cannot do what it was asked, for a reason that its user can do something about. The message is all that
/// is said.
/// </summary>
internal sealed class CommandFailedException(string message, Exception? cause = null) : Exception(message, cause);
