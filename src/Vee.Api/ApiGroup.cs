namespace Vee.Api;

/// <summary>The API group that every kind of this project belongs to: the one place that names it.</summary>
public static class ApiGroup
{
    /// <summary>The group, and the domain of every label, annotation and finalizer that the project writes.</summary>
    public const string Name = "vee.dev";

    /// <summary>The one version that is served.</summary>
    public const string Version = "v1alpha1";

    /// <summary>What <c>apiVersion</c> says.</summary>
    public const string NameAndVersion = Name + "/" + Version;
}
