namespace Vee.ControlPlane.Serving;

/// <summary>What a field holds.</summary>
internal enum ProtobufType
{
    /// <summary>Invalid.</summary>
    None,
    Text,
    Flag,
    Number,
    Bytes,
    TextMap,
    BytesMap,
    Time,
    NumberOrText,
    Message,
}

/// <summary>One field of a message.</summary>
internal sealed record ProtobufField(string Name, ProtobufType Type, bool IsRepeated, string Message);

/// <summary>The messages that kubectl creates objects with, field by field.</summary>
/// <remarks>Source: <c>generated.proto</c> of each group in <c>k8s.io/api</c>, and of apimachinery.</remarks>
internal static class ProtobufMessages
{
    /// <summary>
    /// A line for each message (goes on where the next is indented): its name, then number, name and type of each
    /// field. A star means many; what is no plain type is the name of a message.
    /// </summary>
    private const string Table = """
        Time 1:seconds:number
        ObjectMeta 1:name:text 2:generateName:text 3:namespace:text 4:selfLink:text 5:uid:text
          6:resourceVersion:text 7:generation:number 8:creationTimestamp:time 9:deletionTimestamp:time
          11:labels:texts 12:annotations:texts 13:ownerReferences:OwnerReference* 14:finalizers:text*
        OwnerReference 1:kind:text 3:name:text 4:uid:text 5:apiVersion:text 6:controller:flag
          7:blockOwnerDeletion:flag
        LabelSelector 1:matchLabels:texts 2:matchExpressions:LabelSelectorRequirement*
        LabelSelectorRequirement 1:key:text 2:operator:text 3:values:text*
        DeleteOptions 1:gracePeriodSeconds:number 2:preconditions:Preconditions 3:orphanDependents:flag
          4:propagationPolicy:text 5:dryRun:text*
        Preconditions 1:uid:text 2:resourceVersion:text
        SelfSubjectReview 1:metadata:ObjectMeta
        SelfSubjectAccessReview 1:metadata:ObjectMeta 2:spec:SelfAccessSpec
        SelfAccessSpec 1:resourceAttributes:ResourceAttributes 2:nonResourceAttributes:NonResourceAttributes
        SubjectAccessReview 1:metadata:ObjectMeta 2:spec:AccessSpec
        LocalSubjectAccessReview 1:metadata:ObjectMeta 2:spec:AccessSpec
        AccessSpec 1:resourceAttributes:ResourceAttributes 2:nonResourceAttributes:NonResourceAttributes 3:user:text
          4:groups:text* 6:uid:text
        ResourceAttributes 1:namespace:text 2:verb:text 3:group:text 4:version:text 5:resource:text
          6:subresource:text 7:name:text
        NonResourceAttributes 1:path:text 2:verb:text
        SelfSubjectRulesReview 1:metadata:ObjectMeta 2:spec:RulesSpec
        RulesSpec 1:namespace:text
        Namespace 1:metadata:ObjectMeta 2:spec:NamespaceSpec
        NamespaceSpec 1:finalizers:text*
        ConfigMap 1:metadata:ObjectMeta 2:data:texts 3:binaryData:bytesmap 4:immutable:flag
        Secret 1:metadata:ObjectMeta 2:data:bytesmap 3:type:text 4:stringData:texts 5:immutable:flag
        ServiceAccount 1:metadata:ObjectMeta 2:secrets:ObjectReference* 3:imagePullSecrets:NamedReference*
          4:automountServiceAccountToken:flag
        ObjectReference 1:kind:text 2:namespace:text 3:name:text 4:uid:text 5:apiVersion:text 6:resourceVersion:text
          7:fieldPath:text
        NamedReference 1:name:text
        Service 1:metadata:ObjectMeta 2:spec:ServiceSpec
        ServiceSpec 1:ports:ServicePort* 2:selector:texts 3:clusterIP:text 4:type:text 5:externalIPs:text*
          7:sessionAffinity:text 8:loadBalancerIP:text 10:externalName:text
        ServicePort 1:name:text 2:protocol:text 3:port:number 4:targetPort:either 5:nodePort:number
        Role 1:metadata:ObjectMeta 2:rules:PolicyRule*
        ClusterRole 1:metadata:ObjectMeta 2:rules:PolicyRule* 3:aggregationRule:AggregationRule
        AggregationRule 1:clusterRoleSelectors:LabelSelector*
        PolicyRule 1:verbs:text* 2:apiGroups:text* 3:resources:text* 4:resourceNames:text* 5:nonResourceURLs:text*
        RoleBinding 1:metadata:ObjectMeta 2:subjects:Subject* 3:roleRef:RoleRef
        ClusterRoleBinding 1:metadata:ObjectMeta 2:subjects:Subject* 3:roleRef:RoleRef
        Subject 1:kind:text 2:apiGroup:text 3:name:text 4:namespace:text
        RoleRef 1:apiGroup:text 2:kind:text 3:name:text
        Deployment 1:metadata:ObjectMeta 2:spec:DeploymentSpec
        DeploymentSpec 1:replicas:number 2:selector:LabelSelector 3:template:PodTemplateSpec
          4:strategy:DeploymentStrategy 5:minReadySeconds:number 6:revisionHistoryLimit:number 7:paused:flag
          9:progressDeadlineSeconds:number
        DeploymentStrategy 1:type:text 2:rollingUpdate:RollingUpdate
        RollingUpdate 1:maxUnavailable:either 2:maxSurge:either
        PodTemplateSpec 1:metadata:ObjectMeta 2:spec:PodSpec
        PodSpec 2:containers:Container* 3:restartPolicy:text 4:terminationGracePeriodSeconds:number 6:dnsPolicy:text
          7:nodeSelector:texts 8:serviceAccountName:text 9:serviceAccount:text 10:nodeName:text 11:hostNetwork:flag
          15:imagePullSecrets:NamedReference* 19:schedulerName:text
        Container 1:name:text 2:image:text 3:command:text* 4:args:text* 5:workingDir:text 6:ports:ContainerPort*
          7:env:EnvVar* 13:terminationMessagePath:text 14:imagePullPolicy:text 16:stdin:flag 17:stdinOnce:flag
          18:tty:flag 20:terminationMessagePolicy:text
        ContainerPort 1:name:text 2:hostPort:number 3:containerPort:number 4:protocol:text 5:hostIP:text
        EnvVar 1:name:text 2:value:text
        Job 1:metadata:ObjectMeta 2:spec:JobSpec
        JobSpec 1:parallelism:number 2:completions:number 3:activeDeadlineSeconds:number 4:selector:LabelSelector
          5:manualSelector:flag 6:template:PodTemplateSpec 7:backoffLimit:number 8:ttlSecondsAfterFinished:number
          9:completionMode:text 10:suspend:flag
        CronJob 1:metadata:ObjectMeta 2:spec:CronJobSpec
        CronJobSpec 1:schedule:text 2:startingDeadlineSeconds:number 3:concurrencyPolicy:text 4:suspend:flag
          5:jobTemplate:JobTemplateSpec 6:successfulJobsHistoryLimit:number 7:failedJobsHistoryLimit:number
          8:timeZone:text
        JobTemplateSpec 1:metadata:ObjectMeta 2:spec:JobSpec
        PodDisruptionBudget 1:metadata:ObjectMeta 2:spec:PodDisruptionBudgetSpec
        PodDisruptionBudgetSpec 1:minAvailable:either 2:selector:LabelSelector 3:maxUnavailable:either
        PriorityClass 1:metadata:ObjectMeta 2:value:number 3:globalDefault:flag 4:description:text
          5:preemptionPolicy:text
        """;

    private static readonly Dictionary<string, Dictionary<int, ProtobufField>> Messages = Parse();

    /// <summary>The fields of a message by number; null for one that is not known.</summary>
    internal static IReadOnlyDictionary<int, ProtobufField>? Find(string message) =>
        Messages.GetValueOrDefault(message);

    private static Dictionary<string, Dictionary<int, ProtobufField>> Parse()
    {
        var messages = new Dictionary<string, Dictionary<int, ProtobufField>>(StringComparer.Ordinal);
        foreach (var line in Table.Replace("\n  ", " ", StringComparison.Ordinal).Split('\n'))
        {
            var words = line.Split(' ');
            messages.Add(words[0], words.Skip(1).Select(w => w.Split(':')).ToDictionary(
                parts => int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture),
                parts => Field(parts[1], parts[2])));
        }

        return messages;
    }

    private static ProtobufField Field(string name, string type)
    {
        var isRepeated = type.EndsWith('*');
        var plain = type.TrimEnd('*');
        var found = plain switch
        {
            "text" => ProtobufType.Text,
            "flag" => ProtobufType.Flag,
            "number" => ProtobufType.Number,
            "texts" => ProtobufType.TextMap,
            "bytesmap" => ProtobufType.BytesMap,
            "time" => ProtobufType.Time,
            "either" => ProtobufType.NumberOrText,
            _ => ProtobufType.Message,
        };
        return new(name, found, isRepeated, found == ProtobufType.Message ? plain : "");
    }
}
