namespace Vee.Cli.Up;

/// <summary>Reads a log that its process still writes.</summary>
internal static class LogFile
{
    /// <summary>The whole lines of it; none when it is not there.</summary>
    public static IReadOnlyList<string> Lines(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd().Split('\n')[..^1];
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }
}
