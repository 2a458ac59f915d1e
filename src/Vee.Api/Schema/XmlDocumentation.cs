using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Vee.Api.Schema;

/// <summary>The summaries of an assembly's types and properties, as plain text for users of the API.</summary>
/// <remarks>The compiler writes them to a file that lies beside the assembly.</remarks>
internal sealed partial class XmlDocumentation
{
    private readonly Dictionary<string, XElement> summaries;

    private XmlDocumentation(Dictionary<string, XElement> summaries) => this.summaries = summaries;

    /// <summary>Reads the file beside an assembly.</summary>
    /// <exception cref="FileNotFoundException">The assembly was installed without it.</exception>
    internal static XmlDocumentation Of(Assembly assembly)
    {
        var path = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml");
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"The descriptions of the API are missing: {path} belongs beside the program.", path);
        }

        return Parse(XDocument.Load(path));
    }

    /// <summary>Reads what the compiler wrote.</summary>
    internal static XmlDocumentation Parse(XDocument document) => new(
        (from member in document.Descendants("member")
         let summary = member.Element("summary")
         where summary is not null
         select (Id: (string?)member.Attribute("name") ?? "", summary))
        .ToDictionary(pair => pair.Id, pair => pair.summary, StringComparer.Ordinal));

    /// <summary>The summary of a type.</summary>
    /// <exception cref="InvalidOperationException">It has none.</exception>
    internal string SummaryOf(Type type) => Find("T:" + IdOf(type));

    /// <summary>The summary of a property.</summary>
    /// <exception cref="InvalidOperationException">It has none.</exception>
    internal string SummaryOf(PropertyInfo property) => Find($"P:{IdOf(property.DeclaringType!)}.{property.Name}");

    private static string IdOf(Type type) => type.FullName!.Replace('+', '.');

    private string Find(string id) => summaries.TryGetValue(id, out var summary)
        ? Spaces.Replace(string.Concat(summary.Nodes().Select(Text)), " ").Trim()
        : throw new InvalidOperationException($"{id} has no summary, which users of the API read.");

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement element when element.Attribute("cref") is { } reference => NameIn(reference.Value),
        XElement element when element.Attribute("langword") is { } word => word.Value,
        XElement element => string.Concat(element.Nodes().Select(Text)),
        _ => "",
    };

    /// <summary>What users of the API know a member by: a property by its field in JSON.</summary>
    private static string NameIn(string reference)
    {
        var name = reference[(reference.LastIndexOf('.') + 1)..];
        return reference.StartsWith("P:", StringComparison.Ordinal) ? JsonNames.Of(name) : name;
    }

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces { get; }
}
