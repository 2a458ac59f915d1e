namespace Vee.Cli.Tests;

/// <summary>Where things are in the clone that the tests were built in.</summary>
internal static class Repository
{
    /// <summary>The directory of vee-operator.sln.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>The command, of the configuration that the tests were built in.</summary>
    internal static string Vee { get; } = FindVee();

    /// <summary>The runtime's own command, which runs the tests too unless somebody starts them without it.</summary>
    internal static string Dotnet { get; } =
        Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";

    /// <summary>The test's own guest; see probe.c.</summary>
    internal static string Probe { get; } = Path.Combine(Root, "tests", "Vee.Cli.Tests", "Guests", "probe");

    internal static string Manifest { get; } = Path.Combine(Root, "guests", "manifest.json");

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory);
            directory is not null;
            directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "vee-operator.sln")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException($"vee-operator.sln is in no directory above {AppContext.BaseDirectory}.");
    }

    private static string FindVee()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name.Split('_')[0];
        var path = Path.Combine(Root, "artifacts", "bin", "Vee.Cli", configuration, "vee");
        return File.Exists(path) ? path : throw new FileNotFoundException("The command is not built.", path);
    }
}
