using System.Reflection;
using System.Text.Json;

namespace Vee.Api.Schema;

/// <summary>How properties are called in JSON: as KubernetesClient writes them.</summary>
internal static class JsonNames
{
    internal static string Of(PropertyInfo property) => Of(property.Name);

    internal static string Of(string property) => JsonNamingPolicy.CamelCase.ConvertName(property);
}
