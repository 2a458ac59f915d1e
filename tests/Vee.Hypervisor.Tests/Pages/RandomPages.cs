using Vee.Hypervisor.Pages;

namespace Vee.Hypervisor.Tests.Pages;

/// <summary>Pages of many kinds from a seed.</summary>
internal static class RandomPages
{
    /// <summary>An old page and what became of it.</summary>
    internal static PagePair Pair(Random random)
    {
        var old = Content(random);
        var page = random.Next(8) == 0 ? Content(random) : (byte[])old.Clone();
        for (var edits = random.Next(4); edits > 0; edits--)
        {
            Edit(random, page);
        }

        return new PagePair(old, page);
    }

    /// <summary>The lines of which at least one byte differs, and some that do not.</summary>
    internal static ulong DirtyLines(PagePair pair, Random random)
    {
        var lines = random.Next(2) == 0 ? 0 : (ulong)random.NextInt64();
        for (var index = 0; index < PageFormat.PageBytes; index++)
        {
            if (pair.Old[index] != pair.New[index])
            {
                lines |= 1UL << (index / PageFormat.LineBytes);
            }
        }

        return lines;
    }

    private static byte[] Content(Random random)
    {
        var page = new byte[PageFormat.PageBytes];
        switch (random.Next(5))
        {
            case 0:
                break;
            case 1:
                page.AsSpan().Fill((byte)random.Next(256));
                break;
            case 2:
                random.NextBytes(page);
                break;
            case 3:
                // Few symbols, as text has.
                for (var index = 0; index < page.Length; index++)
                {
                    page[index] = (byte)(97 + (random.Next(256) * random.Next(256) / 4096));
                }

                break;
            default:
                for (var index = 0; index < page.Length; index += 8)
                {
                    BitConverter.TryWriteBytes(page.AsSpan(index), (long)random.Next(1 << random.Next(1, 30)));
                }

                break;
        }

        return page;
    }

    private static void Edit(Random random, byte[] page)
    {
        var count = 1 << random.Next(12);
        switch (random.Next(5))
        {
            case 0:
                for (; count > 0; count--)
                {
                    page[random.Next(page.Length)] = (byte)random.Next(256);
                }

                break;
            case 1:
                random.NextBytes(page.AsSpan(random.Next(page.Length - count + 1), count));
                break;
            case 2:
                var from = page.AsSpan(random.Next(page.Length - count + 1), count).ToArray();
                from.CopyTo(page, random.Next(page.Length - count + 1));
                break;
            case 3:
                var step = random.Next(1, 300);
                for (var index = random.Next(step); index < page.Length; index += step)
                {
                    page[index] ^= unchecked((byte)(step | 1));
                }

                break;
            default:
                page.AsSpan(random.Next(page.Length - count + 1), count).Clear();
                break;
        }
    }
}
