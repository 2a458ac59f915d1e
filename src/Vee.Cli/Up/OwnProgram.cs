namespace Vee.Cli.Up;

/// <summary>This program, to be started again with other arguments.</summary>
internal static class OwnProgram
{
    /// <summary>The file that is executed.</summary>
    public static string File { get; } = Environment.ProcessPath
        ?? throw new InvalidOperationException("the path of this program is not known");

    /// <summary>What comes before the arguments: our assembly, when the dotnet command is executed.</summary>
    public static IReadOnlyList<string> Arguments { get; } =
        Path.GetFileNameWithoutExtension(File) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "vee.dll")] : [];
}
