using System.CommandLine;
using System.CommandLine.Parsing;
using Vee.Cli.Cluster;

namespace Vee.Cli.Commands.Machines;

/// <summary>Arguments that name machines.</summary>
internal static class MachineName
{
    private const string Placeholder = "NAME";

    internal static Argument<string> One()
    {
        var argument = new Argument<string>(Placeholder) { Description = "The VirtualMachine." };
        argument.Validators.Add(Check);
        return argument;
    }

    /// <param name="arity">How many.</param>
    /// <param name="description">What they are.</param>
    internal static Argument<string[]> Several(ArgumentArity arity, string description)
    {
        var argument = new Argument<string[]>(Placeholder) { Arity = arity, Description = description };
        argument.Validators.Add(Check);
        return argument;
    }

    private static void Check(ArgumentResult result)
    {
        if (result.Tokens.FirstOrDefault(token => !ObjectName.IsValid(token.Value)) is { } bad)
        {
            result.AddError($"{Placeholder} '{bad.Value}' {ObjectName.Rule}.");
        }
    }
}
