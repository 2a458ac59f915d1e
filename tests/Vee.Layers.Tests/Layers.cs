namespace Vee.Layers.Tests;

/// <summary>The one table of projects and the only arrows allowed between them (docs: "the house").</summary>
/// <remarks>
/// A project on disk without a row fails, and so does a row marked <see cref="Stage.Exists"/> without a project.
/// A planned row waits for its project; the commit that adds the project moves the mark.
/// </remarks>
internal static class Layers
{
    internal static readonly IReadOnlyList<Project> All =
    [
        new("Vee.Machines", Stage.Exists)
        {
            IsPure = true,
            MayUseTasks = false,
            Leaves = ["Isa", "State", "FloatingPoint"],
            UnsafeFolders = ["Memory", "Harts", "Execution"],
            WrapsArithmetic = true,
        },
        new("Vee.Translation", Stage.Planned)
        {
            References = ["Vee.Machines"],
            IsPure = true,
            MayUseTasks = false,
            UnsafeFolders = ["Emit"],
            WrapsArithmetic = true,
        },
        new("Vee.Hypervisor", Stage.Exists)
        {
            References = ["Vee.Machines"],
            Packages = ["System.IO.Hashing", "ZstdSharp.Port"],
            IsPure = true,
            TasklessSlices = ["Scheduling"],
            Siblings = ["Scheduling", "Migration", "CrashDumps"],
            Shared = ["Pages"],
            UnsafeFolders = ["Pages"],
        },
        new("Vee.Experiments", Stage.Planned) { IsPure = true },
        new("Vee.Protocol", Stage.Exists) { Packages = ["Google.Protobuf", "Grpc.Core.Api", "Grpc.Tools"] },
        new("Vee.Api", Stage.Exists) { Packages = ["KubernetesClient", "YamlDotNet"] },
        new("Vee.ControllerRuntime", Stage.Exists)
        {
            Packages = ["KubernetesClient", "YamlDotNet", "Polly.Core", "prometheus-net"],
        },
        new("Vee.ControlPlane", Stage.Exists) { Packages = ["Microsoft.Data.Sqlite", "YamlDotNet"] },
        new("Vee.Agent", Stage.Exists)
        {
            References = ["Vee.Protocol", "Vee.Hypervisor", "Vee.Translation", "Vee.Machines"],
            Packages = ["Google.Protobuf", "Grpc.AspNetCore.Server", "Grpc.Net.Client", "prometheus-net"],
        },
        new("Vee.Operator", Stage.Exists)
        {
            References = ["Vee.Api", "Vee.ControllerRuntime", "Vee.Protocol", "Vee.Experiments"],
            Packages =
            [
                "Google.Protobuf", "Grpc.Net.Client", "KubernetesClient", "Polly.Core", "prometheus-net", "YamlDotNet",
            ],
        },
        new("Vee.Cli", Stage.Exists)
        {
            IsCompositionRoot = true,
            Packages =
            [
                "OpenTelemetry", "OpenTelemetry.Exporter.OpenTelemetryProtocol", "System.CommandLine", "YamlDotNet",
            ],
        },

        new("Vee.Machines.Tests", Stage.Exists)
        {
            References = ["Vee.Machines"],
            Packages = ["xunit.v3"],
        },
        new("Vee.Hypervisor.Tests", Stage.Exists)
        {
            References = ["Vee.Hypervisor", "Vee.Machines"],
            Packages = ["xunit.v3"],
        },
        new("Vee.Api.Tests", Stage.Exists)
        {
            // Whether a manifest is accepted, an API server says.
            References = ["Vee.Api", "Vee.ControlPlane"],
            Packages = ["xunit.v3"],
        },
        new("Vee.ControllerRuntime.Tests", Stage.Exists)
        {
            References = ["Vee.ControllerRuntime"],
            Packages = ["xunit.v3"],
        },
        new("Vee.ControlPlane.Tests", Stage.Exists) { References = ["Vee.ControlPlane"], Packages = ["xunit.v3"] },
        new("Vee.Agent.Tests", Stage.Exists)
        {
            References = ["Vee.Agent", "Vee.Hypervisor", "Vee.Protocol"],
            Packages = ["xunit.v3", "Grpc.Net.Client"],
        },
        new("Vee.Operator.Tests", Stage.Exists) { IsCompositionRoot = true, Packages = ["xunit.v3"] },
        new("Vee.Cli.Tests", Stage.Exists)
        {
            IsCompositionRoot = true,
            Packages = ["xunit.v3", "KubernetesClient", "YamlDotNet"],
        },
        new("Vee.Layers.Canary", Stage.Exists),
        new("Vee.Layers.Tests", Stage.Exists)
        {
            References = ["Vee.Layers.Canary"],
            IsCompositionRoot = true,
            Packages = ["xunit.v3", "TngTech.ArchUnitNET"],
        },
    ];

    /// <summary>Analyzers that Directory.Packages.props gives to every project.</summary>
    internal static readonly IReadOnlyList<string> GlobalPackages =
        ["Meziantou.Analyzer", "Microsoft.CodeAnalysis.BannedApiAnalyzers"];

    /// <summary>Who may see a technology. Whoever is not named keeps it out of its signatures and bodies.</summary>
    internal static readonly IReadOnlyList<Edge> Edges =
    [
        new("k8s", "Kubernetes client types", ["Vee.Api", "Vee.ControllerRuntime", "Vee.Operator", "Vee.Cli"]),
        new("Grpc", "gRPC types", ["Vee.Protocol", "Vee.Agent", "Vee.Operator", "Vee.Cli"]),
        new("Google.Protobuf", "protobuf types", ["Vee.Protocol", "Vee.Agent", "Vee.Operator", "Vee.Cli"]),
        new("Microsoft.Data.Sqlite", "SQLite", ["Vee.ControlPlane"]),
        new("OpenTelemetry", "the exporter of traces", ["Vee.Cli"]),
        new("Spectre.Console", "the terminal", ["Vee.Cli"]),
        new("System.CommandLine", "the command line", ["Vee.Cli"]),
        new("System.Console", "the console", ["Vee.Cli"]),
    ];
}

/// <summary>Whether a row of the table has a project on disk yet.</summary>
internal enum Stage
{
    Planned,
    Exists,
}

/// <summary>One row: a project, what it may use and how strict the rules are with it.</summary>
internal sealed record Project(string Name, Stage Stage)
{
    /// <summary>Exactly these projects are referenced, as soon as they exist.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>May also reference any production project: this is where everything meets.</summary>
    public bool IsCompositionRoot { get; init; }

    /// <summary>Exactly these packages are referenced.</summary>
    public IReadOnlyList<string> Packages { get; init; } = [];

    /// <summary>No I/O, no clock, no thread of its own.</summary>
    public bool IsPure { get; init; }

    /// <summary>Whether a pure project may still be asynchronous.</summary>
    public bool MayUseTasks { get; init; } = true;

    /// <summary>Folders that stay synchronous where the rest of the project may use tasks.</summary>
    public IReadOnlyList<string> TasklessSlices { get; init; } = [];

    /// <summary>Folders that depend on nothing of ours.</summary>
    public IReadOnlyList<string> Leaves { get; init; } = [];

    /// <summary>Folders that do not know each other.</summary>
    public IReadOnlyList<string> Siblings { get; init; } = [];

    /// <summary>Folders used by the siblings, which know none of them.</summary>
    public IReadOnlyList<string> Shared { get; init; } = [];

    /// <summary>The only folders with unsafe code.</summary>
    public IReadOnlyList<string> UnsafeFolders { get; init; } = [];

    /// <summary>Guest arithmetic wraps, so overflow checks are off; everywhere else they are on.</summary>
    public bool WrapsArithmetic { get; init; }

    /// <summary>Test projects and fixtures live under tests/, everything else under src/.</summary>
    public bool IsTest =>
        Name.EndsWith(".Tests", StringComparison.Ordinal) || Name.EndsWith(".Canary", StringComparison.Ordinal);
}

/// <summary>A namespace or type, what it is in words, and the projects that may depend on it.</summary>
internal sealed record Edge(string Target, string Subject, IReadOnlyList<string> Allowed);
