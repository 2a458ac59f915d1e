using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Vee.ControlPlane.Definitions;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Tests.Schemas;

/// <summary>Exchanges recorded from a kube-apiserver v1.36.</summary>
internal static class Recorded
{
    internal static string Folder { get; } = FindFolder();

    /// <summary>All exchanges of a topic, in order.</summary>
    internal static IReadOnlyList<RecordedExchange> Topic(string topic) =>
    [
        .. JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, topic + ".json")))!["exchanges"]!.AsArray()
            .Select(e => new RecordedExchange(e!.AsObject())),
    ];

    internal static RecordedExchange One(string topic, string name) => Topic(topic).Single(e => e.Name == name);

    /// <summary>The definition of the kind Widget that most topics use.</summary>
    internal static JsonObject WidgetDefinition() => One("04-crd", "create").Request!;

    internal static CustomResourceRules Widgets() => CustomResourceRules.Of(WidgetDefinition(), "v1");

    /// <summary>The types of Widget and of the built-in kinds.</summary>
    internal static IObjectTypes Types() => new WidgetAndBuiltIn(Widgets().ObjectType);

    private sealed class WidgetAndBuiltIn(ObjectType widget) : IObjectTypes
    {
        public ObjectType? Find(string apiVersion, string kind) =>
            apiVersion == widget.ApiVersion && kind == widget.Kind ? widget : BuiltInTypes.Find(apiVersion, kind);
    }

    private static string FindFolder()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "vee-operator.sln")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(
            directory?.FullName ?? throw new InvalidOperationException("no solution above the tests"),
            "tests", "Vee.ControlPlane.Tests", "exchanges");
    }
}

/// <summary>A request and the real answer.</summary>
internal sealed class RecordedExchange(JsonObject exchange)
{
    internal string Name => exchange["name"]!.GetValue<string>();

    internal string Method => exchange["request"]!["method"]!.GetValue<string>();

    internal string Target => exchange["request"]!["path"]!.GetValue<string>();

    internal string ContentType => exchange["request"]!["headers"]!["Content-Type"]?.GetValue<string>() ?? "";

    internal JsonNode? Body => exchange["request"]!["body"]?.DeepClone();

    internal JsonObject? Request => Body as JsonObject;

    internal int Status => exchange["response"]!["status"]!.GetValue<int>();

    internal JsonObject Response => exchange["response"]!["body"]!.DeepClone().AsObject();

    internal string? Warning => exchange["response"]!["headers"]![nameof(Warning)]?.GetValue<string>();

    /// <summary>What the answer says is invalid, each as field and text, sorted.</summary>
    internal IReadOnlyList<string> Causes => Sorted(
        Response["details"]!["causes"]!.AsArray().Select(c => $"{c!["field"]}|{c["reason"]}|{c["message"]}"));

    /// <summary>What follows <c>is invalid: </c>, as the sorted parts that a comma divides.</summary>
    internal IReadOnlyList<string> Message =>
        Sorted(Regex.Match(
            Response["message"]!.GetValue<string>(), "is invalid: (?<rest>.*)$",
            RegexOptions.Singleline, TimeSpan.FromSeconds(1)).Groups["rest"].Value.Split(", "));

    internal static IReadOnlyList<string> CausesOf(IEnumerable<FieldError> errors) =>
        Sorted(errors.Select(e => $"{e.Field}|{e.Reason}|{e.Body}"));

    internal static IReadOnlyList<string> Sorted(IEnumerable<string> texts) =>
        [.. texts.Select(t => t.Trim('[', ']')).Order(StringComparer.Ordinal)];

    public override string ToString() => Name;
}
