using System.Reflection;
using Vee.Api;

namespace Vee.Layers.Tests;

/// <summary>The repository as it is: here every rule finds nothing.</summary>
internal static class Production
{
    internal static readonly Subject Subject = new(SourceTree.FindRoot(), Assemblies(), Generated());

    private static IReadOnlyList<CheckedAssembly> Assemblies() =>
    [
        Checked("Vee.Machines"),
        Checked("Vee.Hypervisor"),
        Checked("Vee.Protocol"),
        Checked("Vee.Api"),
        Checked("Vee.ControllerRuntime"),
        Checked("Vee.ControlPlane"),
        Checked("Vee.Agent"),
        Checked("Vee.Operator"),
        new("Vee.Cli", "Vee.Cli", Assembly.Load("vee")),
    ];

    private static CheckedAssembly Checked(string project) => new(project, project, Assembly.Load(project));

    /// <summary>Add a line for every file that a program writes and git keeps.</summary>
    private static IReadOnlyList<GeneratedFile> Generated() =>
    [
        .. from definition in CustomResourceDefinitions.Generate()
           select new GeneratedFile(
               $"crds/{definition.FileName}", CustomResourceDefinitions.Command, () => definition.Yaml),
    ];
}
