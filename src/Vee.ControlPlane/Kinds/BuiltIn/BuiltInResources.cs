namespace Vee.ControlPlane.Kinds.BuiltIn;

/// <summary>Every resource that is there without a CustomResourceDefinition.</summary>
internal static class BuiltInResources
{
    /// <summary>Name of the resource whose objects define others.</summary>
    internal const string Definitions = "customresourcedefinitions.apiextensions.k8s.io";

    private static readonly IReadOnlyList<string> AllButCollection =
        ["create", "delete", "get", "list", "patch", "update", "watch"];

    private static readonly Subresource Status = Subresource.Status;
    private static readonly Subresource Scale = Subresource.Scale;

    /// <summary>In the order in which discovery lists groups.</summary>
    internal static readonly IReadOnlyList<ResourceDefinition> All =
    [
        Of("", "v1", "ConfigMap", new ConfigMapRules()) with { ShortNames = ["cm"] },
        Of("", "v1", "Endpoints", Services.Endpoints) with
        {
            Plural = "endpoints", Singular = "endpoints", ShortNames = ["ep"],
        },
        Of("", "v1", "Event", EventRules.Core) with { ShortNames = ["ev"] },
        Of("", "v1", "Namespace", new NamespaceRules()) with
        {
            IsNamespaced = false, ShortNames = ["ns"], Verbs = AllButCollection,
            Subresources = [new("finalize", "update"), Status],
        },
        Cluster("", "v1", "Node", ClusterKinds.Node) with { ShortNames = ["no"], Subresources = [Status] },
        Of("", "v1", "PersistentVolumeClaim", ClusterKinds.VolumeClaim) with
        {
            ShortNames = ["pvc"], Subresources = [Status],
        },
        Cluster("", "v1", "PersistentVolume", ClusterKinds.Volume) with
        {
            ShortNames = ["pv"], Subresources = [Status],
        },
        Of("", "v1", "Pod", Workloads.Pod) with
        {
            ShortNames = ["po"], Categories = ["all"], Subresources = [Status],
        },
        Of("", "v1", "ReplicationController", Workloads.ReplicationController) with
        {
            ShortNames = ["rc"], Categories = ["all"], Subresources = [Scale, Status],
        },
        Of("", "v1", "Secret", new SecretRules()),
        Of("", "v1", "ServiceAccount", ClusterKinds.ServiceAccount) with { ShortNames = ["sa"] },
        Of("", "v1", "Service", Services.Service) with
        {
            ShortNames = ["svc"], Categories = ["all"], Subresources = [Status],
        },
        Of("apps", "v1", "DaemonSet", Workloads.DaemonSet) with
        {
            ShortNames = ["ds"], Categories = ["all"], Subresources = [Status],
        },
        Of("apps", "v1", "Deployment", Workloads.Deployment) with
        {
            ShortNames = ["deploy"], Categories = ["all"], Subresources = [Scale, Status],
        },
        Of("apps", "v1", "ReplicaSet", Workloads.ReplicaSet) with
        {
            ShortNames = ["rs"], Categories = ["all"], Subresources = [Scale, Status],
        },
        Of("apps", "v1", "StatefulSet", Workloads.StatefulSet) with
        {
            ShortNames = ["sts"], Categories = ["all"], Subresources = [Scale, Status],
        },
        Of("events.k8s.io", "v1", "Event", EventRules.Events) with { ShortNames = ["ev"], StorageName = "events" },
        Review("authentication.k8s.io", "SelfSubjectReview", isNamespaced: false),
        Review("authentication.k8s.io", "TokenReview", isNamespaced: false),
        Review("authorization.k8s.io", "LocalSubjectAccessReview", isNamespaced: true),
        Review("authorization.k8s.io", "SelfSubjectAccessReview", isNamespaced: false),
        Review("authorization.k8s.io", "SelfSubjectRulesReview", isNamespaced: false),
        Review("authorization.k8s.io", "SubjectAccessReview", isNamespaced: false),
        Of("autoscaling", "v2", "HorizontalPodAutoscaler", ClusterKinds.Autoscaler) with
        {
            ShortNames = ["hpa"], Categories = ["all"], Subresources = [Status],
        },
        Of("batch", "v1", "CronJob", Workloads.CronJob) with
        {
            ShortNames = ["cj"], Categories = ["all"], Subresources = [Status],
        },
        Of("batch", "v1", "Job", Workloads.Job) with { Categories = ["all"], Subresources = [Status] },
        Of("networking.k8s.io", "v1", "Ingress", Services.Ingress) with
        {
            Plural = "ingresses", ShortNames = ["ing"], Subresources = [Status],
        },
        Of("networking.k8s.io", "v1", "NetworkPolicy", ClusterKinds.NetworkPolicy) with
        {
            Plural = "networkpolicies", ShortNames = ["netpol"],
        },
        Of("policy", "v1", "PodDisruptionBudget", ClusterKinds.DisruptionBudget) with
        {
            ShortNames = ["pdb"], Subresources = [Status],
        },
        Cluster("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", ClusterKinds.Binding),
        Cluster("rbac.authorization.k8s.io", "v1", "ClusterRole", ClusterKinds.Role),
        Of("rbac.authorization.k8s.io", "v1", "RoleBinding", ClusterKinds.Binding),
        Of("rbac.authorization.k8s.io", "v1", "Role", ClusterKinds.Role),
        Cluster("storage.k8s.io", "v1", "StorageClass", ClusterKinds.StorageClass) with
        {
            Plural = "storageclasses", ShortNames = ["sc"],
        },
        Of("apiextensions.k8s.io", "v1", "CustomResourceDefinition", new DefinitionRules()) with
        {
            IsNamespaced = false, ShortNames = ["crd", "crds"], Categories = ["api-extensions"],
            Subresources = [Status],
        },
        Cluster("scheduling.k8s.io", "v1", "PriorityClass", ClusterKinds.PriorityClass) with
        {
            Plural = "priorityclasses", ShortNames = ["pc"],
        },
        Of("coordination.k8s.io", "v1", "Lease", new LeaseRules()),
        Of("discovery.k8s.io", "v1", "EndpointSlice", Services.EndpointSlice),
    ];

    private static ResourceDefinition Of(string group, string version, string kind, KindRules rules)
    {
        var singular = kind.ToLowerInvariant();
        return new()
        {
            Group = group,
            Version = version,
            Kind = kind,
            Singular = singular,
            Plural = $"{singular}s",
            IsNamespaced = true,
            Rules = rules,
        };
    }

    private static ResourceDefinition Of(string group, string version, string kind, KindTraits traits) =>
        Of(group, version, kind, Rules(group, version, kind, isNamespaced: true, traits));

    private static ResourceDefinition Cluster(string group, string version, string kind, KindTraits traits) =>
        Of(group, version, kind, Rules(group, version, kind, isNamespaced: false, traits)) with
        {
            IsNamespaced = false,
        };

    private static ResourceDefinition Review(string group, string kind, bool isNamespaced) =>
        Of(group, "v1", kind, Rules(group, "v1", kind, isNamespaced, KindTraits.None)) with
        {
            IsNamespaced = isNamespaced,
            IsVirtual = true,
            Verbs = ["create"],
        };

    private static BuiltInKindRules Rules(
        string group, string version, string kind, bool isNamespaced, KindTraits traits) =>
        new(group.Length == 0 ? version : $"{group}/{version}", kind, isNamespaced, traits);
}
