namespace Vee.ControlPlane.Cel;

/// <summary>Which types may stand where others are wanted.</summary>
internal static class CelAssignment
{
    /// <summary>Tries a type as argument, and learns what type parameters stand for.</summary>
    internal static bool TryBind(CelType wanted, CelType given, Dictionary<string, CelType> bound)
    {
        if (given.Kind == CelKind.Parameter && wanted.Kind != CelKind.Parameter)
        {
            return true;
        }

        if (wanted.Kind == CelKind.Parameter)
        {
            if (!bound.TryGetValue(wanted.Name, out var before) || before.Kind is CelKind.Dyn or CelKind.Parameter)
            {
                // The more general of both stays: what is only known at run time stays so.
                bound[wanted.Name] = before is { Kind: CelKind.Dyn } ? before : given;
                return true;
            }

            if (before.Kind == CelKind.Null && IsNullable(given))
            {
                bound[wanted.Name] = given;
                return true;
            }

            return AreSame(before, given) || (given.Kind == CelKind.Null && IsNullable(before));
        }

        if (given.Kind == CelKind.Dyn || wanted.Kind == CelKind.Dyn)
        {
            return true;
        }

        return wanted.Kind == given.Kind && TryBindBelow(wanted.Element, given.Element, bound) &&
            TryBindBelow(wanted.Key, given.Key, bound);
    }

    /// <summary>A type with what its parameters stand for.</summary>
    internal static CelType Substitute(CelType type, Dictionary<string, CelType> bound)
    {
        if (type.Kind == CelKind.Parameter)
        {
            return bound.GetValueOrDefault(type.Name) ?? CelType.Dyn;
        }

        return type.Element is null
            ? type
            : type with
            {
                Element = Substitute(type.Element, bound),
                Key = type.Key is null ? null : Substitute(type.Key, bound),
            };
    }

    /// <summary>Whether values of both types can be equal; what is known only at run time fits everything.</summary>
    internal static bool AreSame(CelType left, CelType right)
    {
        if (left.Kind is CelKind.Dyn or CelKind.Parameter or CelKind.Error ||
            right.Kind is CelKind.Dyn or CelKind.Parameter or CelKind.Error)
        {
            return true;
        }

        if (left.Kind != right.Kind)
        {
            return false;
        }

        return left.Kind == CelKind.Object
            ? ReferenceEquals(left.Schema, right.Schema)
            : (left.Element is null || right.Element is null || AreSame(left.Element, right.Element)) &&
                (left.Key is null || right.Key is null || AreSame(left.Key, right.Key));
    }

    private static bool TryBindBelow(CelType? wanted, CelType? given, Dictionary<string, CelType> bound) =>
        wanted is null || given is null || TryBind(wanted, given, bound);

    private static bool IsNullable(CelType type) =>
        type.Kind is CelKind.Object or CelKind.Timestamp or CelKind.Duration or CelKind.Null or CelKind.Optional
            or CelKind.Dyn or CelKind.Quantity or CelKind.Ip or CelKind.Cidr or CelKind.Url;
}
