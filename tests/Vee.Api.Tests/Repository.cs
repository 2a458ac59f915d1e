namespace Vee.Api.Tests;

/// <summary>The files of the repository that this test was built from.</summary>
internal static class Repository
{
    private static readonly string Root = Find();

    internal static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    internal static IEnumerable<string> FilesIn(params string[] path) =>
        Directory.EnumerateFiles(Path.Combine([Root, .. path])).Select(file => Path.GetFileName(file)!);

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "vee-operator.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName
            ?? throw new InvalidOperationException("vee-operator.sln is in no directory above the test executable");
    }
}
