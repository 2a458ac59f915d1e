using System.Reflection;
using System.Text.Json;
using k8s;
using k8s.Models;
using Vee.Api.Migrations;
using Vee.Api.Schema;
using Vee.Api.SimulatedHosts;
using Vee.Api.VirtualMachines;

namespace Vee.Api;

/// <summary>What a cluster is told about the kinds of this project, made from their classes.</summary>
/// <remarks>Source: Kubernetes API, CustomResourceDefinition in apiextensions.k8s.io/v1.</remarks>
public static class CustomResourceDefinitions
{
    /// <summary>The command that writes <c>crds/</c>.</summary>
    public const string Command = "./vee crds --output-dir crds";

    private const string Category = "vee";

    /// <summary>Makes the definitions of all kinds, in the order of their files' names.</summary>
    /// <exception cref="FileNotFoundException">
    /// The file with the summaries of this assembly is not beside the program.
    /// </exception>
    public static IReadOnlyList<GeneratedDefinition> Generate()
    {
        var schemas = new SchemaGenerator(XmlDocumentation.Of(typeof(CustomResourceDefinitions).Assembly));
        return
        [
            Generate(typeof(MigrationPolicy), schemas), Generate(typeof(SimulatedHost), schemas),
            Generate(typeof(VirtualMachineMigration), schemas), Generate(typeof(VirtualMachine), schemas),
        ];
    }

    private static GeneratedDefinition Generate(Type kind, SchemaGenerator schemas)
    {
        var definition = Define(kind, schemas);
        using var json = JsonDocument.Parse(KubernetesJson.Serialize(definition));
        return new GeneratedDefinition
        {
            FileName = $"{definition.Spec.Group}_{definition.Spec.Names.Plural}.yaml",
            Definition = definition,
            Yaml = $"# Generated from src/Vee.Api by {Command}: change the classes there, not this file.\n"
                + YamlText.Of(json.RootElement),
        };
    }

    private static V1CustomResourceDefinition Define(Type kind, SchemaGenerator schemas)
    {
        var entity = kind.GetCustomAttribute<KubernetesEntityAttribute>()!;
        var names = kind.GetCustomAttribute<ResourceNamesAttribute>()!;
        return new V1CustomResourceDefinition
        {
            ApiVersion = "apiextensions.k8s.io/v1",
            Kind = "CustomResourceDefinition",
            Metadata = new V1ObjectMeta { Name = $"{entity.PluralName}.{entity.Group}" },
            Spec = new V1CustomResourceDefinitionSpec
            {
                Group = entity.Group,
                Names = new V1CustomResourceDefinitionNames
                {
                    Kind = entity.Kind,
                    ListKind = entity.Kind + "List",
                    Plural = entity.PluralName,
                    Singular = Singular(entity.Kind),
                    ShortNames = [.. names.ShortNames],
                    Categories = [Category],
                },
                Scope = names.IsNamespaced ? "Namespaced" : "Cluster",
                Versions =
                [
                    new V1CustomResourceDefinitionVersion
                    {
                        Name = entity.ApiVersion,
                        Served = true,
                        Storage = true,
                        Schema = new V1CustomResourceValidation { OpenAPIV3Schema = schemas.Root(kind) },
                        Subresources = new V1CustomResourceSubresources { Status = new object() },
                        AdditionalPrinterColumns = [.. ColumnsOf(kind)],
                    },
                ],
            },
        };
    }

    // Names of resources are in lower case in the API: not a comparison.
#pragma warning disable CA1308
    private static string Singular(string kind) => kind.ToLowerInvariant();
#pragma warning restore CA1308

    private static IEnumerable<V1CustomResourceColumnDefinition> ColumnsOf(Type kind) =>
        from column in kind.GetCustomAttributes<PrinterColumnAttribute>()
        select new V1CustomResourceColumnDefinition
        {
            Name = column.Name,
            JsonPath = column.JsonPath,
            Type = column.Type,
            Priority = column.IsWide ? 1 : null,
            Description = column.Description,
        };
}

/// <summary>A definition and how it is kept in a file.</summary>
public sealed record GeneratedDefinition
{
    /// <summary>Its file's name, for example <c>vee.dev_virtualmachines.yaml</c>.</summary>
    public required string FileName { get; init; }

    /// <summary>What is applied to a cluster.</summary>
    public required V1CustomResourceDefinition Definition { get; init; }

    /// <summary>The file's text: one YAML document behind a comment, lines ending in LF.</summary>
    public required string Yaml { get; init; }

    /// <summary>The file's name: the rest is long.</summary>
    public override string ToString() => FileName;
}
