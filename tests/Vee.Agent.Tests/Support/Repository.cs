namespace Vee.Agent.Tests.Support;

/// <summary>Where this test was built from.</summary>
internal static class Repository
{
    /// <summary>A guest that is committed as a program.</summary>
    internal static byte[] Guest(string name) => File.ReadAllBytes(Path.Combine(FindRoot(), "guests", "bin", name));

    /// <summary>Where the repository is.</summary>
    internal static string Root => FindRoot();

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "vee-operator.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("vee-operator.sln is in no directory above");
    }
}
