using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Memory;

/// <summary>Random operations on a guest memory and on its model: they have to agree on everything, always.</summary>
public sealed class GuestMemoryModelTests
{
    private const int RunCount = 60;
    private const int OperationCount = 600;
    private const ulong ArenaBytes = 1 << 20;
    private const int PagesAtEachEnd = 5;
    private const long RamPages = 7;

    private static readonly ulong LastPage = (ArenaBytes >> PageNumber.Shift) - 1;

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    [InlineData(64)]
    public void Operations_in_any_order_leave_what_the_model_has(int hostPageKibibytes)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"VEE_TEST_SEED={TestSeed.Value}");
        for (var run = 0; run < RunCount; run++)
        {
            var random = new Random(unchecked((TestSeed.Value * 1_000_003) + run));
            using var memory = GuestMemory.Reserve(
                ArenaBytes, (ulong)RamPages * PageNumber.Bytes, (ulong)hostPageKibibytes << 10);
            var model = new MemoryModel(RamPages);
            for (var index = 0; index < OperationCount; index++)
            {
                var operation = Operate(random, memory, model);
                var difference = Difference(memory, model);
                Assert.True(
                    difference is null,
                    $"VEE_TEST_SEED={TestSeed.Value}, run {run}, operation {index} ({operation}): {difference}");
            }
        }
    }

    private static string Operate(Random random, GuestMemory memory, MemoryModel model)
    {
        var first = AnyPage(random);
        var count = (int)Math.Min((ulong)random.Next(1, 4), LastPage + 1 - first);
        var (address, length) = (first << PageNumber.Shift, (ulong)count << PageNumber.Shift);
        var protection = random.Next(3) == 0 ? (Protection)random.Next(8) : Protection.Read | Protection.Write;
        switch (random.Next(19))
        {
            case 0 or 1:
                Assert.True(memory.TryMap(address, length, protection));
                model.Map(first, count, protection);
                return $"map {first}+{count} {protection}";
            case 2:
                memory.TryUnmap(address, length);
                model.Unmap(first, count);
                return $"unmap {first}+{count}";
            case 3:
                memory.Protect(address, length, protection);
                model.Protect(first, count, protection);
                return $"protect {first}+{count} {protection}";
            case 4:
                memory.Zero(address, length);
                model.Zero(first, count);
                return $"zero {first}+{count}";
            case 5 or 6:
                return Away(random, memory, model, first);
            case 12:
                return Move(random, memory, model, first);
            case 17 or 18:
                return Share(random, memory, model, first, count, protection);
            case 7:
                return EndEpoch(memory, model);
            case 8:
                return EndAccessEpoch(memory, model);
            case 9 or 10 or 11:
                return Copy(random, memory, model);
            default:
                return Access(random, memory, model);
        }
    }

    private static string Away(Random random, GuestMemory memory, MemoryModel model, ulong first)
    {
        if (!model.Pages.TryGetValue(first, out var page))
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => memory.MarkAbsent(new PageNumber(first)));
            return $"mark absent {first}, unmapped";
        }

        if (!page.IsAbsent)
        {
            var content = new byte[PageNumber.Bytes];
            Assert.Throws<InvalidOperationException>(() => memory.Supply(new PageNumber(first), content));
            memory.MarkAbsent(new PageNumber(first));
            model.MarkAbsent(first);
            return $"mark absent {first}";
        }

        var bytes = new byte[PageNumber.Bytes];
        random.NextBytes(bytes);
        Assert.Equal(model.Supply(first, bytes), memory.Supply(new PageNumber(first), bytes));
        return $"supply {first}";
    }

    private static string Move(Random random, GuestMemory memory, MemoryModel model, ulong first)
    {
        var target = AnyPage(random);
        if (!model.Pages.TryGetValue(first, out var from) || !model.Pages.TryGetValue(target, out var to)
            || target == first || to.IsPresent || to.IsAbsent)
        {
            return "no move";
        }

        if (from.IsAbsent || model.IsShared(first) || model.IsShared(target))
        {
            Assert.Throws<InvalidOperationException>(() =>
                memory.MovePage(new PageNumber(first), new PageNumber(target)));
            return $"move {first} to {target}, absent or shared";
        }

        memory.MovePage(new PageNumber(first), new PageNumber(target));
        model.Move(first, target);
        return $"move {first} to {target}";
    }

    private static string Share(
        Random random, GuestMemory memory, MemoryModel model, ulong first, int count, Protection protection)
    {
        if (!memory.CanShare)
        {
            return "no sharing";
        }

        Assert.True(memory.TryMapShareable(
            first << PageNumber.Shift, (ulong)count << PageNumber.Shift, protection));
        model.Map(first, count, protection, isShareable: true);
        var with = AnyPage(random);
        if (!model.Pages.TryGetValue(with, out var other) || !other.IsShareable || with == first)
        {
            return $"map shareable {first}+{count} {protection}";
        }

        Assert.True(memory.TryShare(new PageNumber(first), new PageNumber(with)));
        model.Share(first, with);
        return $"map shareable {first}+{count} {protection}, share {first} with {with}";
    }

    private static string EndEpoch(GuestMemory memory, MemoryModel model)
    {
        var seen = new List<(ulong, ulong)>();
        memory.SwapDirtyEpoch((page, lines) => seen.Add((page.Value, lines)));
        Assert.Equal(model.TakeDirty(), seen);
        return "end epoch";
    }

    private static string EndAccessEpoch(GuestMemory memory, MemoryModel model)
    {
        var seen = new List<ulong>();
        memory.SwapAccessEpoch(page => seen.Add(page.Value));
        Assert.Equal(model.TakeAccessed(), seen);
        return "end access epoch";
    }

    private static string Copy(Random random, GuestMemory memory, MemoryModel model)
    {
        var address = AnyAddress(random);
        var bytes = new byte[random.Next(4) == 0 ? random.Next(9_000) : random.Next(100)];
        random.NextBytes(bytes);
        var kind = random.Next(4);
        switch (kind)
        {
            case 0:
                Assert.Equal(model.Write(address, bytes), memory.TryWrite(address, bytes));
                break;
            case 1:
                Assert.Equal(model.WriteProtected(address, bytes), memory.TryWriteProtected(address, bytes));
                break;
            default:
                var access = kind == 2 ? Machines.Memory.Access.Read : Machines.Memory.Access.Execute;
                var (expected, actual) = (new byte[bytes.Length], new byte[bytes.Length]);
                var fault = model.Read(address, expected, access);
                Assert.Equal(fault, memory.TryRead(address, actual, access));
                Assert.True(fault != AccessFault.None || expected.AsSpan().SequenceEqual(actual));
                break;
        }

        return $"copy {kind} 0x{address:x}+{bytes.Length}";
    }

    private static unsafe string Access(Random random, GuestMemory memory, MemoryModel model)
    {
        var space = new FlatAddressSpace(memory);
        var address = AnyAddress(random);
        var bytes = new byte[1 << random.Next(4)];
        random.NextBytes(bytes);
        var kind = random.Next(5);
        var expected = new byte[bytes.Length];
        switch (kind)
        {
            case 0 or 1:
                // What is plain may be taken directly, as an engine does.
                var place = space.PlainStore(address, (uint)bytes.Length);
                var stored = model.Store(address, bytes, out var storeFault);
                Assert.Equal(stored, Store(space, place, address, bytes, out var at));
                Assert.True(stored == AccessFault.None || storeFault == at);
                break;
            case 2 or 3:
                var plain = space.PlainLoad(address, (uint)bytes.Length);
                var fault = model.Load(address, expected, out var loadFault);
                Assert.True(plain is null || expected.AsSpan()
                    .SequenceEqual(new ReadOnlySpan<byte>(plain, bytes.Length)));
                Assert.Equal(fault, space.Load(address, bytes, out at));
                Assert.True(fault != AccessFault.None ? loadFault == at : expected.AsSpan().SequenceEqual(bytes));
                break;
            default:
                address &= ~((ulong)bytes.Length - 1);
                Assert.Equal(model.Write(address, bytes), Atomic(space, address, bytes));
                break;
        }

        return $"access {kind} 0x{address:x}+{bytes.Length}";
    }

    private static unsafe AccessFault Store(
        FlatAddressSpace space, byte* place, ulong address, byte[] bytes, out ulong faultAddress)
    {
        faultAddress = address;
        if (place is null)
        {
            return space.Store(address, bytes, out faultAddress);
        }

        bytes.CopyTo(new Span<byte>(place, bytes.Length));
        return AccessFault.None;
    }

    private static unsafe AccessFault Atomic(FlatAddressSpace space, ulong address, byte[] bytes)
    {
        var place = space.Atomic(address, (uint)bytes.Length, out var fault);
        if (place is not null)
        {
            bytes.CopyTo(new Span<byte>(place, bytes.Length));
        }

        return fault;
    }

    /// <summary>Pages at both ends of the arena, where ranges meet its borders.</summary>
    private static ulong AnyPage(Random random)
    {
        var index = (ulong)random.Next(PagesAtEachEnd);
        return random.Next(2) == 0 ? index : LastPage - index;
    }

    private static ulong AnyAddress(Random random)
    {
        if (random.Next(12) == 0)
        {
            return random.Next(3) switch { 0 => ulong.MaxValue - (ulong)random.Next(16), 1 => 1UL << 63,
                _ => ArenaBytes };
        }

        var start = AnyPage(random) << PageNumber.Shift;
        return random.Next(3) switch
        {
            0 => start + (ulong)random.Next(PageNumber.Bytes),
            1 => start + PageNumber.Bytes - (ulong)random.Next(1, 12),
            _ => start + (ulong)(random.Next(64) * PageNumber.LineBytes) + (ulong)random.Next(56, 64),
        };
    }

    private static unsafe string? Difference(GuestMemory memory, MemoryModel model)
    {
        if (memory.PresentPages != model.PresentPages)
        {
            return $"{memory.PresentPages} present pages, expected {model.PresentPages}";
        }

        for (var number = 0UL; number <= LastPage; number++)
        {
            var expected = model.Pages.GetValueOrDefault(number);
            var flags = memory.Flags[number];
            var protection = memory.ProtectionOf(new PageNumber(number));
            if (expected?.Protection != protection)
            {
                return $"page {number} is {protection}, expected {expected?.Protection}";
            }

            if (expected is null)
            {
                if (flags != PageFlags.None || memory.DirtyLines[number] != 0)
                {
                    return $"unmapped page {number} has {flags} and lines {memory.DirtyLines[number]:x}";
                }

                continue;
            }

            var wanted = (expected.IsPresent ? PageFlags.Present : 0) | (expected.IsAbsent ? PageFlags.Absent : 0)
                | (expected.IsAccessed ? PageFlags.Accessed : 0);
            if ((flags & (PageFlags.Present | PageFlags.Absent | PageFlags.Accessed)) != wanted
                || memory.IsAbsent(new PageNumber(number)) != expected.IsAbsent)
            {
                return $"page {number} has {flags}, expected {wanted}";
            }

            if (memory.DirtyLines[number] != expected.Dirty)
            {
                return $"page {number} has lines {memory.DirtyLines[number]:x}, expected {expected.Dirty:x}";
            }

            if (!memory.Page(new PageNumber(number)).SequenceEqual(expected.Bytes))
            {
                return $"page {number} has other bytes";
            }
        }

        return null;
    }
}
