using k8s;
using k8s.Models;

namespace Vee.ControllerRuntime.Tests;

/// <summary>A custom kind to try things on.</summary>
[KubernetesEntity(Group = "example.dev", ApiVersion = "v1", Kind = "Widget", PluralName = "widgets")]
public sealed class Widget : IKubernetesObject<V1ObjectMeta>, IStatus<WidgetStatus?>
{
    public string ApiVersion { get; set; } = "example.dev/v1";

    public string Kind { get; set; } = "Widget";

    public V1ObjectMeta Metadata { get; set; } = new();

    public WidgetSpec? Spec { get; set; }

    public WidgetStatus? Status { get; set; }

    public static Widget Make(string name, int size = 1, string space = "default") => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = space },
        Spec = new WidgetSpec { Size = size },
    };
}

public sealed class WidgetSpec
{
    public int Size { get; set; }

    public string? Color { get; set; }
}

public sealed class WidgetStatus
{
    public int? Size { get; set; }

    public IList<V1Condition>? Conditions { get; set; }
}
