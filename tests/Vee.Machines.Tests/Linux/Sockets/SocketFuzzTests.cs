using Vee.Machines.Linux;
using Vee.Machines.Linux.Sockets;
using Vee.Machines.Memory;
using Xunit;

namespace Vee.Machines.Tests.Linux.Sockets;

/// <summary>Nothing that a guest passes may throw, and every answer is a value, an error number or a wait.</summary>
public sealed class SocketFuzzTests
{
    private const int Seed = 20261123;

    private static readonly long[] Extremes =
    [
        0, 1, -1, 2, 16, 64, 110, 128, 1024, 1025, 4096, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue,
        0x100000000, -0x100000000, 0x7ffff000,
    ];

    [Fact]
    public void Hostile_arguments_never_throw()
    {
        TestContext.Current.SendDiagnosticMessage($"seed {Seed}");
        var random = new Random(Seed);
        var guest = new SocketHarness();
        var rows = SocketCalls.Table;
        for (var round = 0; round < 100_000; round++)
        {
            if (round % 64 == 0)
            {
                Scribble(guest, random);
            }

            var row = rows[random.Next(rows.Length)];
            var name = row.Name;
            int[] open = [.. guest.Process.Files.Numbers];
            long[] arguments = [.. row.Arguments.Select(kind => Argument(random, kind, open))];
            var result = guest.Call(name, arguments);
            Assert.True(
                result is SocketHarness.Blocked or >= -4095,
                $"round {round}: {name}({string.Join(", ", arguments)}) = {result}");
            if (result == SocketHarness.Blocked)
            {
                guest.Process.Threads.MakeRunnable(guest.Thread, (WakeReason)random.Next(1, 4));
                guest.Call(name, arguments);
                guest.Process.Threads.MakeRunnable(guest.Thread, WakeReason.Signal);
                guest.Thread.EndCall();
            }

            if (round % 5000 == 4999)
            {
                // What the guest made of its sockets survives being saved, and is the same afterwards.
                var saved = guest.Save();
                var restored = SocketHarness.Restore(saved);
                Assert.Equal(saved, restored.Save());
                guest.Dispose();
                guest = restored;
            }

            while (open.Length > 0 && guest.Process.Files.Numbers.Count() > 60)
            {
                guest.Process.Files.Close(open[random.Next(open.Length)]);
            }
        }

        foreach (var number in guest.Process.Files.Numbers.ToList())
        {
            guest.Process.Files.Close(number);
        }

        // Files in cycles of sockets sent through themselves stay, and only they.
        if (guest.Process.Sockets.FilesInFlight == 0)
        {
            Assert.Empty(guest.Process.Files.Descriptions);
            Assert.Equal(0, guest.Process.Network.CommittedBytes);
            Assert.Equal(0, guest.Process.Sockets.UnixBytes);
        }

        guest.Dispose();
    }

    // Mostly what the argument should be, lest everything end at the first check.
    private static long Argument(Random random, ArgumentKind kind, int[] open) => random.Next(12) switch
    {
        0 => Extremes[random.Next(Extremes.Length)],
        1 => random.Next(3) == 0 ? random.NextInt64() : random.Next(70),
        // Around the end of the mapped pages.
        2 => (long)SocketHarness.Base + SocketHarness.BaseBytes - random.Next(40),
        _ => kind switch
        {
            ArgumentKind.File => open.Length == 0 ? -1 : open[random.Next(open.Length)],
            ArgumentKind.Pointer => random.Next(8) == 0 ? 0 : (long)SocketHarness.Base + (8 * random.Next(500)),
            ArgumentKind.Size => random.Next(3) == 0 ? 16 : random.Next(4000),
            ArgumentKind.Bits when random.Next(2) == 0 => 0,
            ArgumentKind.Bits => random.Next(3) switch { 0 => 0x40, 1 => 1 << random.Next(31), _ => random.Next(6) },
            _ => random.Next(3) == 0 ? random.Next(40) : random.Next(7),
        },
    };

    // Plausible words: small numbers, addresses, families, lengths, so that structures are sometimes right.
    private static void Scribble(SocketHarness guest, Random random)
    {
        for (var family = 1; family <= 2; family++)
        {
            for (var type = 1; type <= 5; type++)
            {
                var socket = guest.Call("socket", family, type | (random.Next(2) * 0x800), 0);
                if (socket >= 0 && random.Next(2) == 0)
                {
                    _ = family == 2
                        ? guest.Bind(socket, 0, (ushort)random.Next(1, 6))
                        : guest.BindUnix(socket, $"\0{random.Next(5)}");
                    guest.Call("listen", socket, random.Next(3));
                }
                else if (socket >= 0)
                {
                    _ = family == 2
                        ? guest.Connect(socket, 0, (ushort)random.Next(1, 6))
                        : guest.ConnectUnix(socket, $"\0{random.Next(5)}");
                    guest.Thread.EndCall();
                    guest.Process.Threads.MakeRunnable(guest.Thread, WakeReason.Signal);
                    guest.Thread.EndCall();
                }
            }
        }

        Span<byte> bytes = stackalloc byte[PageNumber.Bytes];
        for (var offset = 0; offset < bytes.Length; offset += 8)
        {
            var value = random.Next(9) switch
            {
                0 => Extremes[random.Next(Extremes.Length)],
                1 or 2 => (long)SocketHarness.Base + random.Next(SocketHarness.BaseBytes),
                3 => 0x1_0000_0001 + random.Next(2),
                // sockaddr_in of 127.0.0.1, ports 1 to 5, and sockaddr_un of an abstract name.
                4 => random.Next(2) == 0 ? 0x0100007F_0000_0002 | ((long)random.Next(1, 6) << 24) : 0x30_00_0001,
                _ => random.Next(40),
            };
            BitConverter.TryWriteBytes(bytes[offset..], value);
        }

        guest.PutBytes((ulong)(random.Next(SocketHarness.BaseBytes - bytes.Length) & ~7), bytes);
        guest.PutBytes(0, bytes);
    }
}
