namespace Vee.Agent;

/// <summary>An agent cannot start; the message is a sentence for the user that says why.</summary>
public sealed class AgentStartException : Exception
{
    /// <summary>Says nothing; use another.</summary>
    public AgentStartException()
    {
    }

    /// <param name="message">Why, as a sentence.</param>
    public AgentStartException(string message)
        : base(message)
    {
    }

    /// <param name="message">Why, as a sentence.</param>
    /// <param name="innerException">What was tried and failed.</param>
    public AgentStartException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
