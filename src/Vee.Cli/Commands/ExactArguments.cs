using Vee.Machines.Linux;

namespace Vee.Cli.Commands;

/// <summary>
/// The bytes that we were started with; the runtime decodes them as UTF-8 and loses those that are none.
/// </summary>
internal static class ExactArguments
{
    private const string CommandLineFile = "/proc/self/cmdline";
    private const char Undecodable = '\ufffd';

    /// <summary>Undoes the decoding.</summary>
    /// <param name="decoded">The arguments as the runtime hands them over.</param>
    /// <returns>The same with one character per byte; see <see cref="GuestText"/>.</returns>
    internal static string[] Read(string[] decoded)
    {
        var exact = Array.ConvertAll(decoded, GuestText.FromHost);
        if (!decoded.Any(argument => argument.Contains(Undecodable, StringComparison.Ordinal))
            || TryReadAll() is not { } all || all.Length < decoded.Length)
        {
            return exact;
        }

        // Ours are the last ones: what comes before them started the runtime.
        return [.. decoded.Zip(exact, all[^decoded.Length..])
            .Select(item => item.First.Contains(Undecodable, StringComparison.Ordinal) ? item.Third : item.Second)];
    }

    /// <summary>Every argument of this process, the program's name included (proc(5)).</summary>
    private static string[]? TryReadAll()
    {
        try
        {
            var text = GuestText.FromBytes(File.ReadAllBytes(CommandLineFile));
            return text.EndsWith('\0') ? text[..^1].Split('\0') : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Without /proc the arguments are as good as the runtime knows them.
            return null;
        }
    }
}
