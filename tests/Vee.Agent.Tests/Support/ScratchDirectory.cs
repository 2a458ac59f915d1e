namespace Vee.Agent.Tests.Support;

/// <summary>A directory that is gone with the test.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("vee-agent-");

    internal string Root => directory.FullName;

    internal string PathOf(string name) => Path.Combine(directory.FullName, name);

    public void Dispose() => directory.Delete(recursive: true);
}
