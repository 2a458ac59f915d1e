namespace Vee.ControlPlane.Cel;

/// <summary>Calls that are not calls: their arguments are not evaluated before.</summary>
internal static class CelMacros
{
    /// <returns>What the macro stands for; null when it is a call.</returns>
    /// <exception cref="CelSyntaxException">It is a macro with arguments that it cannot have.</exception>
    internal static CelNode? Expand(int at, CelNode? target, string name, List<CelNode> arguments)
    {
        if (target is null)
        {
            return name == "has" && arguments.Count == 1
                ? arguments[0] is CelSelect select
                    ? select with { At = at, IsTest = true }
                    : throw new CelSyntaxException(new(arguments[0].At, "invalid argument to has() macro"))
                : null;
        }

        switch (name, arguments.Count)
        {
            case ("all" or "exists" or "exists_one" or "existsOne", 2):
                return new CelMacro(
                    at, Canonical(name), target, [Variable(arguments[0])], arguments[1], Result: null);
            case ("all" or "exists" or "exists_one" or "existsOne", 3):
                return new CelMacro(
                    at, Canonical(name), target, [Variable(arguments[0]), Variable(arguments[1])], arguments[2],
                    Result: null);
            case ("filter", 2):
                return new CelMacro(at, name, target, [Variable(arguments[0])], arguments[1], Result: null);
            case ("map", 2):
                return new CelMacro(at, name, target, [Variable(arguments[0])], Condition: null, arguments[1]);
            case ("map", 3):
                return new CelMacro(at, name, target, [Variable(arguments[0])], arguments[1], arguments[2]);
            case ("optMap" or "optFlatMap", 2):
                return new CelOptionalMap(
                    at, target, Variable(arguments[0]), arguments[1], IsFlat: name == "optFlatMap");
            default:
                return null;
        }
    }

    private static string Canonical(string name) => name == "existsOne" ? "exists_one" : name;

    private static string Variable(CelNode node) => node is CelIdentifier identifier
        ? identifier.Name
        : throw new CelSyntaxException(new(node.At, "argument must be a simple name"));
}
