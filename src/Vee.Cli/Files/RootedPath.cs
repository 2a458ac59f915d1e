using Vee.Machines.Linux.Files;

namespace Vee.Cli.Files;

/// <summary>Resolves a path inside a guest's root, as the guest would: links are relative to the root.</summary>
internal static class RootedPath
{
    /// <summary>Links on one path at most (ELOOP, path_resolution(7)).</summary>
    private const int LinksMax = 40;

    /// <summary>Follows directories and links.</summary>
    /// <param name="root">The root.</param>
    /// <param name="path">A path; a relative one starts at the root too.</param>
    /// <param name="resolved">The path without links, relative to the root; empty for the root itself.</param>
    /// <returns>False when something on the way does not exist or there are too many links.</returns>
    internal static bool TryResolve(IHostDirectory root, string path, out string resolved)
    {
        var done = new List<string>();
        var left = new Stack<string>(Names(path));
        var linkCount = 0;
        resolved = "";
        while (left.TryPop(out var name))
        {
            if (name == "..")
            {
                // The parent of the root is the root.
                done.RemoveRange(Math.Max(0, done.Count - 1), Math.Min(1, done.Count));
                continue;
            }

            var here = string.Join('/', done.Append(name));
            if (root.Find(here) is not { } entry)
            {
                return false;
            }

            if (entry.Type != HostEntryType.SymbolicLink)
            {
                done.Add(name);
                continue;
            }

            if (++linkCount > LinksMax || root.ReadLink(here) is not { } target)
            {
                return false;
            }

            if (target.StartsWith('/'))
            {
                done.Clear();
            }

            foreach (var part in Names(target))
            {
                left.Push(part);
            }
        }

        resolved = string.Join('/', done);
        return true;
    }

    /// <summary>The names of a path, last first.</summary>
    private static IEnumerable<string> Names(string path) =>
        path.Split('/').Where(name => name is not ("" or ".")).Reverse();
}
