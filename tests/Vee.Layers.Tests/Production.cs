using System.Reflection;

namespace Vee.Layers.Tests;

/// <summary>The repository as it is: here every rule finds nothing.</summary>
internal static class Production
{
    internal static readonly Subject Subject = new(SourceTree.FindRoot(), Assemblies(), Generated());

    private static IReadOnlyList<CheckedAssembly> Assemblies() =>
    [
        new("Vee.Machines", "Vee.Machines", Assembly.Load("Vee.Machines")),
        new("Vee.Cli", "Vee.Cli", Assembly.Load("vee")),
    ];

    /// <summary>Add a line for every file that a program writes and git keeps.</summary>
    private static IReadOnlyList<GeneratedFile> Generated() => [];
}
