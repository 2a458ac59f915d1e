using Vee.Operator.Decisions;

namespace Vee.Operator.Agents;

/// <summary>What an agent answered: a value, or a no.</summary>
internal sealed record AgentAnswer<T>
    where T : class
{
    private AgentAnswer(T? value, AgentRefusal? refusal)
    {
        Value = value;
        Refusal = refusal;
    }

    public T? Value { get; }

    public AgentRefusal? Refusal { get; }

    public static AgentAnswer<T> Of(T value) => new(value, null);

    public static AgentAnswer<T> No(AgentRefusal refusal) => new(null, refusal);
}
