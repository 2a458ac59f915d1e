using System.Reflection;
using System.Xml.Linq;
using ArchUnitNET.Loader;

namespace Vee.Layers.Tests;

/// <summary>What the rules look at: a source tree, its assemblies and what is generated into it.</summary>
/// <remarks>The production tree is one; the canary, where every rule must find something, is another.</remarks>
internal sealed class Subject
{
    private readonly Lazy<ArchUnitNET.Domain.Architecture> architecture;
    private readonly Lazy<IReadOnlyList<SourceFile>> files;

    internal Subject(string root, IReadOnlyList<CheckedAssembly> assemblies, IReadOnlyList<GeneratedFile> generated)
    {
        Root = root;
        Assemblies = assemblies;
        Generated = generated;
        architecture = new(() => new ArchLoader().LoadAssemblies([.. assemblies.Select(a => a.Assembly)]).Build());
        files = new(() => SourceTree.Files(root));
    }

    /// <summary>The directory that holds src/ and tests/.</summary>
    internal string Root { get; }

    internal IReadOnlyList<CheckedAssembly> Assemblies { get; }

    internal IReadOnlyList<GeneratedFile> Generated { get; }

    /// <summary>Every dependency of every type, from metadata and method bodies.</summary>
    internal ArchUnitNET.Domain.Architecture Architecture => architecture.Value;

    /// <summary>Every file that is or could be committed.</summary>
    internal IReadOnlyList<SourceFile> Files => files.Value;

    /// <summary>The project files, with their names.</summary>
    internal IEnumerable<(string Name, string Path, XDocument Xml)> ProjectFiles =>
        from file in Files
        where file.Path.EndsWith(".csproj", StringComparison.Ordinal)
        select (System.IO.Path.GetFileNameWithoutExtension(file.Path), file.Path, XDocument.Parse(file.Text));

    /// <summary>The classes, structs, interfaces and enums of one assembly, as ArchUnitNET sees them.</summary>
    internal IEnumerable<ArchUnitNET.Domain.IType> TypesOf(CheckedAssembly assembly) =>
        Architecture.Types.Where(t => t.Assembly.FullName == assembly.Assembly.FullName && !t.FullName.StartsWith('<'));
}

/// <summary>An assembly under test. The canary's stands in for the project whose rules it breaks.</summary>
internal sealed record CheckedAssembly(string Project, string RootNamespace, Assembly Assembly)
{
    internal Project Row => Layers.All.Single(p => p.Name == Project);
}

/// <summary>A committed file that a program writes; it must equal what the program would write now.</summary>
internal sealed record GeneratedFile(string Path, string Command, Func<string> Generate);
