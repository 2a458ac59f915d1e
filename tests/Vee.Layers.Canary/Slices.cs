#pragma warning disable MA0047
// Folders as namespaces: two leaves that know too much, a cycle of two, siblings that know each other.
namespace Vee.Layers.Canary
{
    internal sealed class AtTheRoot;
}

namespace Vee.Layers.Canary.Isa
{
    internal sealed record KnowsALoop(Loop.First First);
}

namespace Vee.Layers.Canary.State
{
    internal sealed record KnowsTheRoot(AtTheRoot Root);

    /// <summary>Innocent: stays inside its folder.</summary>
    internal sealed record KnowsItself(KnowsTheRoot Other);
}

namespace Vee.Layers.Canary.Loop
{
    /// <summary>Innocent: the compiler's inline arrays depend on generic parameters, which have no namespace.</summary>
    internal static class Spans
    {
        internal static int Count(string first, string second) => Length([first, second]);

        private static int Length(ReadOnlySpan<string> strings) => strings.Length;
    }

    internal sealed record First(Ring.Second? Second);
}

namespace Vee.Layers.Canary.Ring
{
    internal sealed record Second(Loop.First? First);
}

namespace Vee.Layers.Canary.Scheduling
{
    /// <summary>Innocent: codecs and pages are for all siblings.</summary>
    internal sealed record KnowsPages(Pages.Innocent Page);

    internal sealed record KnowsMigration(Migration.Innocent Round);
}

namespace Vee.Layers.Canary.Migration
{
    internal sealed record Innocent;
}

namespace Vee.Layers.Canary.CrashDumps
{
    internal sealed record Innocent;
}

namespace Vee.Layers.Canary.Pages
{
    internal sealed record Innocent;

    internal sealed record KnowsCrashDumps(CrashDumps.Innocent Dump);
}
