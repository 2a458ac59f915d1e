namespace Vee.Layers.Tests;

/// <summary>Where each rule must find something in the canary, and nowhere else.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Role">The production project whose row of the table applies to the canary's assembly.</param>
/// <param name="Caught">Every place, once.</param>
internal sealed record Plants(string Rule, string Role, params IReadOnlyList<string> Caught)
{
    private const string Code = "Vee.Layers.Canary.";

    internal static readonly IReadOnlyList<Plants> All =
    [
        new("Project table", "Vee.Machines",
            "src/Vee.Unknown/Vee.Unknown.csproj", "src/Vee.Translation/Vee.Translation.csproj",
            "tests/Vee.Api/Vee.Api.csproj",
            "Vee.Agent", "Vee.Agent.Tests", "Vee.Api.Tests", "Vee.Cli", "Vee.Cli.Tests", "Vee.ControlPlane",
            "Vee.ControlPlane.Tests", "Vee.ControllerRuntime", "Vee.ControllerRuntime.Tests",
            "Vee.Hypervisor", "Vee.Hypervisor.Tests", "Vee.Layers.Canary", "Vee.Layers.Tests", "Vee.Operator",
            "Vee.Operator.Tests"),
        new("Reference table", "Vee.Machines",
            "src/Vee.Machines/Vee.Machines.csproj", "src/Vee.Translation/Vee.Translation.csproj"),
        new("Package table", "Vee.Machines",
            "src/Vee.Machines/Vee.Machines.csproj", "tests/Vee.Machines.Tests/Vee.Machines.Tests.csproj",
            "src/Vee.Protocol/Vee.Protocol.csproj", "tests/Vee.Api/Vee.Api.csproj", "Directory.Packages.props"),
        new("Checked assemblies", "Vee.Machines",
            "src/Vee.Translation/Vee.Translation.csproj", "src/Vee.Protocol/Vee.Protocol.csproj",
            "src/Vee.Unknown/Vee.Unknown.csproj"),
        new("Build flags", "Vee.Machines",
            "src/Vee.Translation/Vee.Translation.csproj", "src/Vee.Protocol/Vee.Protocol.csproj"),
        new("Purity", "Vee.Machines",
            Code + "Purity.ReadsFiles", Code + "Purity.KnowsAddresses", Code + "Purity.Logs",
            Code + "Purity.TakesAClock", Code + "Purity.KeepsADate", Code + "Purity.KnowsDateTypes",
            Code + "Purity.Measures", Code + "Purity.Starts", Code + "Purity.OwnsAThread",
            Code + "Purity.UsesThePool", Code + "Purity.OwnsATimer", Code + "Purity.OwnsAnotherTimer"),
        new("Tasks", "Vee.Machines", Code + "Tasks.ReturnsATask", Code + "Tasks.IsAsynchronous"),
        new("Edges", "Vee.Machines",
            Code + "Edges.SeesKubernetes", Code + "Edges.SeesGrpc", Code + "Edges.SeesProtobuf",
            Code + "Edges.SeesSqlite", Code + "Edges.SeesTheTerminal", Code + "Edges.SeesTheCommandLine",
            Code + "Edges.WritesToTheConsole"),
        new("Leaves", "Vee.Machines",
            Code + "Isa.KnowsALoop", Code + "State.KnowsTheRoot", "Vee.Machines/FloatingPoint"),
        new("Siblings", "Vee.Hypervisor", Code + "Scheduling.KnowsMigration", Code + "Pages.KnowsCrashDumps"),
        new("Cycles", "Vee.Machines", Code + "Loop.First", Code + "Ring.Second"),
        new("Static state", "Vee.Machines",
            Code + "Statics.Shared.count", Code + "Statics.Shared.countOfThread",
            Code + "Statics.Shared.<Name>k__BackingField"),
        new("Friends", "Vee.Machines", "Vee.Machines -> Vee.Hypervisor"),
        new("Sealed", "Vee.Machines", Code + "Shapes.Unsealed", Code + "Shapes.UnsealedGeneric`1"),
        new("Names", "Vee.Machines",
            Code + "Shapes.PageManager", Code + "Shapes.PageHelper`1", Code + "Shapes.PageUtils",
            Code + "Shapes.PageInfo"),
        new("Records", "Vee.Machines", Code + "Shapes.RetryOptions", Code + "Shapes.RetryPolicy"),
        new("Controllers", "Vee.Machines", Code + "Shapes.PageController"),
        new("File length", "Vee.Machines", "text/TooLong.cs"),
        new("Line length", "Vee.Machines", "text/Lines.cs:2"),
        new("Banned words", "Vee.Machines", "text/words.yaml:1", "text/words.yaml:2", "text/words.yaml:4"),
        new("Large files", "Vee.Machines", "text/large.bin"),
        new("Machine paths", "Vee.Machines",
            "text/paths.md:1", "text/paths.md:2", "text/paths.md:3", "tests/paths.md:2"),
        new("Clocks", "Vee.Machines",
            "src/Vee.Planted/planted.proto:1", "src/Vee.Api/Planted.cs:1", "src/Vee.Planted/Metrics.cs:1"),
        new("Unsafe code", "Vee.Machines",
            "src/Vee.Machines/Linux/UnsafeElsewhere.cs", "src/Vee.Machines/Memory/UnsafeWithoutReasons.cs"),
        new("Guest hashes", "Vee.Machines", "guests/bin/changed", "guests/bin/missing", "guests/bin/unlisted"),
        new("Freshness", "Vee.Machines", "generated/stale.txt", "generated/missing.txt"),
    ];
}
