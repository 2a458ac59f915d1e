namespace Vee.ControllerRuntime;

/// <summary>Names one object of a kind: all that a work queue holds of it.</summary>
/// <param name="Namespace">Empty for kinds of the whole cluster.</param>
/// <param name="Name">The name within the namespace.</param>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    /// <summary>As kubectl writes it: <c>namespace/name</c>, or the name alone.</summary>
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}
