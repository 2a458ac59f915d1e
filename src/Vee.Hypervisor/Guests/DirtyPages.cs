using System.Numerics;
using System.Runtime.InteropServices;
using Vee.Hypervisor.Randomness;
using Vee.Machines.State;

namespace Vee.Hypervisor.Guests;

/// <summary>How a synthetic guest writes to its memory.</summary>
public sealed record DirtyProfile
{
    /// <summary>Bytes of a page.</summary>
    public const int PageBytes = 4096;

    /// <summary>Pages that it uses.</summary>
    public required long FootprintPages { get; init; }

    /// <summary>Pages that it writes to in a second of execution, the same page counted each time.</summary>
    public required double WritesPerSecond { get; init; }

    /// <summary>Share of the pages that is hot, above 0 and up to 1.</summary>
    /// <value>1: all alike</value>
    public double HotShare { get; init; } = 1;

    /// <summary>Share of the writes that go to hot pages, 0 to 1.</summary>
    /// <value>1</value>
    public double HotWriteShare { get; init; } = 1;

    /// <summary>Whether it goes through its pages in order, as a log does, instead of by chance.</summary>
    public bool IsSequential { get; init; }

    /// <summary>Every defect as <c>field: what is wrong</c>.</summary>
    public IReadOnlyList<string> Defects()
    {
        var defects = new List<string>();
        Require(defects, "footprintPages", FootprintPages, 1, 1L << 32);
        Require(defects, "writesPerSecond", WritesPerSecond, 0, 1e9);
        Require(defects, "hotShare", HotShare, double.Epsilon, 1);
        Require(defects, "hotWriteShare", HotWriteShare, 0, 1);
        return defects;
    }

    private static void Require(List<string> defects, string field, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
        {
            defects.Add(FormattableString.Invariant($"{field}: {value}, must be {least} to {most}"));
        }
    }
}

/// <summary>The pages that a synthetic guest has written to since somebody asked, by how long it executed.</summary>
/// <remarks>Memory without bytes: what matters is which pages are dirty, and how many anew in each round.</remarks>
public sealed class DirtyPages
{
    private const int BitsPerWord = 64;
    private const double NanosecondsPerSecond = 1e9;

    private readonly DirtyProfile profile;
    private readonly RandomStream random;
    private readonly ulong[] words;
    private readonly long hotPages;
    private double writesDue;
    private long next;

    /// <param name="profile">How it writes; checked by <see cref="DirtyProfile.Defects"/>.</param>
    /// <param name="random">Its own.</param>
    internal DirtyPages(DirtyProfile profile, RandomStream random)
    {
        if (profile.Defects() is { Count: > 0 } defects)
        {
            throw new ArgumentException(string.Join("; ", defects), nameof(profile));
        }

        this.profile = profile;
        this.random = random;
        hotPages = Math.Max(1, (long)(profile.FootprintPages * profile.HotShare));
        words = new ulong[(profile.FootprintPages + BitsPerWord - 1) / BitsPerWord];
    }

    /// <summary>Pages that are dirty now.</summary>
    public long Count { get; private set; }

    /// <summary>Writes so far, the same page counted each time.</summary>
    public long Writes { get; private set; }

    /// <summary>The guest executed for a while.</summary>
    /// <param name="executed">Nanoseconds.</param>
    public void Execute(long executed)
    {
        writesDue += executed * profile.WritesPerSecond / NanosecondsPerSecond;
        for (; writesDue >= 1; writesDue--)
        {
            Write(Choose());
        }
    }

    /// <summary>Whether a page is dirty.</summary>
    public bool IsDirty(long page) => (words[page / BitsPerWord] >> (int)(page % BitsPerWord) & 1) != 0;

    /// <summary>All pages are clean afterwards.</summary>
    public void Clear()
    {
        Array.Clear(words);
        Count = 0;
    }

    /// <summary>Takes the dirty pages; all are clean afterwards.</summary>
    /// <returns>Their numbers, ascending.</returns>
    public IReadOnlyList<long> Take()
    {
        var pages = new List<long>((int)Math.Min(Count, int.MaxValue));
        for (var index = 0; index < words.Length; index++)
        {
            for (var word = words[index]; word != 0; word &= word - 1)
            {
                pages.Add(((long)index * BitsPerWord) + BitOperations.TrailingZeroCount(word));
            }
        }

        Clear();
        return pages;
    }

    internal void Save(StateWriter state)
    {
        random.Save(state);
        state.Int64("writesDue", BitConverter.DoubleToInt64Bits(writesDue));
        state.Int64("next", next);
        state.Int64("count", Count);
        state.Int64("writes", Writes);
        state.Bytes("pages", MemoryMarshal.AsBytes(words.AsSpan()));
    }

    internal void Restore(StateReader state)
    {
        random.Restore(state);
        writesDue = BitConverter.Int64BitsToDouble(state.Int64("writesDue"));
        if (!(writesDue is >= 0 and < 1))
        {
            throw state.Refuse("writesDue", $"{writesDue} is no part of a write");
        }

        next = state.Int64("next", 0, profile.FootprintPages - 1);
        Count = state.Int64("count", 0, profile.FootprintPages);
        Writes = state.Int64("writes", 0);
        state.Bytes("pages", MemoryMarshal.AsBytes(words.AsSpan()));
    }

    private long Choose()
    {
        if (profile.IsSequential)
        {
            var page = next;
            next = (next + 1) % profile.FootprintPages;
            return page;
        }

        var coldPages = profile.FootprintPages - hotPages;
        return coldPages == 0 || random.NextPositive() <= profile.HotWriteShare
            ? (long)random.Next((ulong)hotPages)
            : hotPages + (long)random.Next((ulong)coldPages);
    }

    private void Write(long page)
    {
        ref var word = ref words[page / BitsPerWord];
        var bit = 1UL << (int)(page % BitsPerWord);
        Count += (word & bit) == 0 ? 1 : 0;
        word |= bit;
        Writes++;
    }
}
