using Vee.Hypervisor.Pages;

namespace Vee.Hypervisor.Migration;

/// <summary>Forms of pages as a bit each, by their numbers.</summary>
internal static class PageKindSet
{
    /// <summary>All that this program can read.</summary>
    public static ulong All { get; } = Enum.GetValues<PageKind>()
        .Where(kind => kind != PageKind.None).Aggregate(0UL, (set, kind) => set | (1UL << (int)kind));

    /// <summary>The forms of a set.</summary>
    public static IEnumerable<PageKind> Of(ulong set) =>
        Enum.GetValues<PageKind>().Where(kind => kind != PageKind.None && (set & (1UL << (int)kind)) != 0);
}
