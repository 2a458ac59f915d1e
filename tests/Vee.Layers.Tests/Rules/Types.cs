using System.CodeDom.Compiler;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Vee.Layers.Tests.Rules;

/// <summary>Types as reflection sees them.</summary>
internal static class Types
{
    /// <summary>The types a person wrote: without what the compiler and source generators add.</summary>
    internal static IEnumerable<Type> WrittenIn(CheckedAssembly assembly) =>
        assembly.Assembly.GetTypes().Where(t => !IsGenerated(t));

    /// <summary>The name in the form that ArchUnitNET uses too.</summary>
    internal static string NameOf(Type type) => type.FullName ?? type.Name;

    /// <summary>The name as written, without the arity of generics.</summary>
    internal static string SimpleName(Type type) => type.Name.Split('`')[0];

    private static bool IsGenerated(Type type) =>
        type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        || type.IsDefined(typeof(GeneratedCodeAttribute), inherit: false)
        || type.Name.StartsWith('<')
        || IsOfAContract(type)
        || (type.DeclaringType is { } outer && IsGenerated(outer));

    /// <summary>Messages, services and files of .proto contracts describe themselves.</summary>
    private static bool IsOfAContract(Type type) =>
        type.GetProperty("Descriptor", BindingFlags.Static | BindingFlags.Public)?.PropertyType.Namespace
            == "Google.Protobuf.Reflection";

    /// <summary>Records have a printer for their members; nothing else has one of this name.</summary>
    internal static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic) is not null;
}
