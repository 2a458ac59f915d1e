using k8s.Models;

namespace Vee.ControllerRuntime.Status;

/// <summary>Keeps a list of conditions: one of a type, transition times only where the status changed.</summary>
/// <param name="time">Stamps the transitions, in whole seconds.</param>
public sealed class Conditions(TimeProvider time)
{
    /// <summary>The longest message that is kept, in characters, as in the API's own validation.</summary>
    public const int MessageCharactersMax = 32_768;

    /// <summary>Sets a condition, in its old place or at the end.</summary>
    /// <param name="conditions">The list of a status.</param>
    /// <param name="type">CamelCase, such as <c>Ready</c>.</param>
    /// <param name="status">True, False, or null for Unknown.</param>
    /// <param name="reason">CamelCase, 1..1024 characters.</param>
    /// <param name="message">For people; cut at <see cref="MessageCharactersMax"/>.</param>
    /// <param name="generation">The generation of the object that was looked at.</param>
    /// <returns>Something changed.</returns>
    public bool Set(
        IList<V1Condition> conditions, string type, bool? status, string reason, string message, long? generation)
    {
        _ = time;
        throw new NotSupportedException();
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
}
