using k8s;
using k8s.Models;

namespace Vee.ControllerRuntime.Events;

/// <summary>How much an event matters.</summary>
public enum EventType
{
    /// <summary>As expected.</summary>
    Normal,

    /// <summary>Somebody should look.</summary>
    Warning,
}

/// <summary>Tells people what happened to an object, where <c>kubectl describe</c> shows it.</summary>
public interface IEventRecorder
{
    /// <summary>Records an event. Returns at once; when too many wait, it is dropped and counted.</summary>
    /// <param name="regarding">The object.</param>
    /// <param name="type">How much it matters.</param>
    /// <param name="reason">Why, in CamelCase, 1..128 characters.</param>
    /// <param name="action">What was done or tried, in CamelCase, 1..128 characters.</param>
    /// <param name="note">For people; cut at 1024 bytes.</param>
    /// <param name="related">A second object that it is about, or null.</param>
    void Record(
        IKubernetesObject<V1ObjectMeta> regarding,
        EventType type,
        string reason,
        string action,
        string note,
        IKubernetesObject<V1ObjectMeta>? related = null);
}
