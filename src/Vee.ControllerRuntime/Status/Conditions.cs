using k8s.Models;

namespace Vee.ControllerRuntime.Status;

/// <summary>Keeps a list of conditions: one of a type, transition times only where the status changed.</summary>
/// <param name="time">Stamps the transitions, in whole seconds.</param>
public sealed class Conditions(TimeProvider time)
{
    /// <summary>The longest message that is kept, in characters, as in the API's own validation.</summary>
    public const int MessageCharactersMax = 32_768;

    private const int ReasonCharactersMax = 1024;

    /// <summary>Sets a condition, in its old place or at the end.</summary>
    /// <param name="conditions">The list of a status.</param>
    /// <param name="type">CamelCase, such as <c>Ready</c>.</param>
    /// <param name="status">True, False, or null for Unknown.</param>
    /// <param name="reason">CamelCase: letters, digits, <c>_</c> and <c>,:</c> inside; 1..1024 characters.</param>
    /// <param name="message">For people; cut at <see cref="MessageCharactersMax"/>.</param>
    /// <param name="generation">The generation of the object that was looked at.</param>
    /// <returns>Something changed.</returns>
    /// <exception cref="ArgumentException">The reason is none that the API server would take.</exception>
    public bool Set(
        IList<V1Condition> conditions, string type, bool? status, string reason, string message, long? generation)
    {
        if (!IsReason(reason))
        {
            throw new ArgumentException($"'{reason}' is no reason of a condition", nameof(reason));
        }

        var known = Find(conditions, type);
        var text = status switch { true => "True", false => "False", null => "Unknown" };
        var cut = TextLimit.Cut(message, MessageCharactersMax);
        if (known is not null && known.Status == text && known.Reason == reason && known.Message == cut
            && known.ObservedGeneration == generation)
        {
            return false;
        }

        if (known is null)
        {
            known = new V1Condition { Type = type };
            conditions.Add(known);
        }

        if (known.Status != text)
        {
            known.LastTransitionTime = WholeSeconds(time.GetUtcNow());
        }

        known.Status = text;
        known.Reason = reason;
        known.Message = cut;
        known.ObservedGeneration = generation;
        return true;
    }

    /// <summary>The condition of a type, or null.</summary>
    public static V1Condition? Find(IEnumerable<V1Condition> conditions, string type) =>
        conditions.FirstOrDefault(c => c.Type == type);

    /// <summary>The condition is there and True.</summary>
    public static bool IsTrue(IEnumerable<V1Condition> conditions, string type) =>
        Find(conditions, type)?.Status == "True";

    /// <summary>The condition is there and False.</summary>
    public static bool IsFalse(IEnumerable<V1Condition> conditions, string type) =>
        Find(conditions, type)?.Status == "False";

    /// <summary>The server keeps no more; with more, a status would differ from itself after a round trip.</summary>
    private static DateTime WholeSeconds(DateTimeOffset now) =>
        new(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);

    /// <remarks>metav1.Condition: <c>^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$</c></remarks>
    private static bool IsReason(string reason) =>
        reason.Length is >= 1 and <= ReasonCharactersMax
        && char.IsAsciiLetter(reason[0])
        && (char.IsAsciiLetterOrDigit(reason[^1]) || reason[^1] == '_')
        && reason.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ',' or ':');
}
