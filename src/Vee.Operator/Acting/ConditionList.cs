using k8s.Models;
using Vee.ControllerRuntime.Status;
using Vee.Operator.Decisions;

namespace Vee.Operator.Acting;

/// <summary>Makes the conditions of a status of what a decision says.</summary>
internal sealed class ConditionList(TimeProvider time)
{
    private readonly Conditions conditions = new(time);

    /// <summary>The list as it is to be, in the order of the types.</summary>
    /// <param name="before">What the object says; kept where nothing new is said.</param>
    /// <param name="drafts">What is to be said.</param>
    /// <param name="generation">The generation that was looked at.</param>
    public IReadOnlyList<V1Condition> Merge(
        IReadOnlyList<V1Condition>? before, IEnumerable<ConditionDraft> drafts, long? generation)
    {
        var list = (before ?? []).Select(Copy).ToList();
        foreach (var draft in drafts)
        {
            bool? status = draft.Status == ConditionDraft.Unknown ? null : draft.Status == ConditionDraft.True;
            conditions.Set(list, draft.Type, status, draft.Reason, draft.Message, generation);
        }

        return [.. list.OrderBy(c => c.Type, StringComparer.Ordinal)];
    }

    /// <summary>The object's own stay as they were read, so that a change can be seen.</summary>
    private static V1Condition Copy(V1Condition condition) => new()
    {
        Type = condition.Type,
        Status = condition.Status,
        Reason = condition.Reason,
        Message = condition.Message,
        ObservedGeneration = condition.ObservedGeneration,
        LastTransitionTime = condition.LastTransitionTime,
    };
}
