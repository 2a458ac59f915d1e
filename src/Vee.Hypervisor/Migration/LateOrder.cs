using Vee.Machines.Memory;

namespace Vee.Hypervisor.Migration;

/// <summary>
/// In which order pages follow a machine that executes at the target: those first that changed most lately or were
/// accessed just now, also when others are asked for; then the others by their addresses, from behind the page that was
/// asked for last, as programs go through memory that way.
/// </summary>
internal sealed class LateOrder
{
    private readonly PageNumber[] pages;
    private readonly Queue<int> first;

    // Where to look on from a place: itself if the page has not been taken. Chains are cut short as they are walked.
    private readonly int[] onward;
    private int turn;

    /// <param name="late">The pages, ascending.</param>
    /// <param name="urgency">How much sooner a page goes than those with less; 0 for most.</param>
    public LateOrder(IEnumerable<PageNumber> late, Func<PageNumber, int> urgency)
    {
        pages = [.. late];
        onward = [.. Enumerable.Range(0, pages.Length + 1)];
        first = new Queue<int>(Enumerable.Range(0, pages.Length)
            .Where(index => urgency(pages[index]) > 0).OrderByDescending(index => urgency(pages[index])));
        Left = pages.Length;
    }

    /// <summary>Pages that have not been taken.</summary>
    public int Left { get; private set; }

    /// <summary>Whether a page is one of those, taken or not.</summary>
    public bool Contains(PageNumber page) => IndexOf(page) >= 0;

    /// <summary>Takes a page that is asked for; those behind it follow when no urgent ones are left.</summary>
    /// <returns>False when it has been taken, or is none of these pages.</returns>
    public bool TryTake(PageNumber page)
    {
        var index = IndexOf(page);
        if (index < 0 || onward[index] != index)
        {
            return false;
        }

        Take(index);
        turn = index + 1;
        return true;
    }

    /// <summary>Takes the page whose turn it is.</summary>
    public bool TryNext(out PageNumber page)
    {
        page = default;
        if (Left == 0)
        {
            return false;
        }

        while (first.TryDequeue(out var urgent))
        {
            if (onward[urgent] == urgent)
            {
                page = pages[urgent];
                Take(urgent);
                return true;
            }
        }

        var index = Find(turn);
        index = index == pages.Length ? Find(0) : index;
        page = pages[index];
        Take(index);
        turn = index + 1;
        return true;
    }

    private void Take(int index)
    {
        onward[index] = index + 1;
        Left--;
    }

    private int IndexOf(PageNumber page) =>
        Array.BinarySearch(pages, page, Comparer<PageNumber>.Create((a, b) => a.Value.CompareTo(b.Value)));

    private int Find(int index)
    {
        while (onward[index] != index)
        {
            onward[index] = onward[onward[index]];
            index = onward[index];
        }

        return index;
    }
}
