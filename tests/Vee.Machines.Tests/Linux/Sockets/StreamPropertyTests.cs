using Vee.Machines.Linux;
using GuestThreadState = Vee.Machines.Linux.Threads.GuestThreadState;
using Xunit;

namespace Vee.Machines.Tests.Linux.Sockets;

/// <summary>Random sends, receives, shutdowns and saves: each byte arrives once, in order, and then the end.</summary>
public sealed class StreamPropertyTests
{
    private const int BytesPerDirection = 20000;

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (var kind in new[] { "loopback", "network", "ways", "unix" })
        {
            for (var seed = 1; seed <= 12; seed++)
            {
                cases.Add(kind, seed);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Stream_loses_repeats_and_reorders_nothing(string kind, int seed)
    {
        var random = new Random(seed);
        using var world = new World(kind, random);
        for (var step = 0; !world.IsDone; step++)
        {
            Assert.True(step < 40_000, $"{kind}, seed {seed}: no end in sight");
            world.Step();
        }
    }

    /// <summary>Two ends of one stream, each with what it has sent and received.</summary>
    private sealed class World : IDisposable
    {
        private readonly Random random;
        private readonly TestNetwork? network;
        private readonly SocketHarness[] guests;
        private readonly long[] sockets;
        private readonly byte[][] toSend = [new byte[BytesPerDirection], new byte[BytesPerDirection]];
        private readonly int[] sent = [0, 0];
        private readonly int[] received = [0, 0];
        private readonly bool[] finished = [false, false];
        private readonly bool[] ended = [false, false];

        internal World(string kind, Random random)
        {
            this.random = random;
            random.NextBytes(toSend[0]);
            random.NextBytes(toSend[1]);
            if (kind is "network" or "ways")
            {
                network = new TestNetwork(random) { HasSeveralWays = kind is "ways" };
                guests = [Plugged(0x0A000002), Plugged(0x0A000003)];
                sockets = ConnectOver(network);
            }
            else
            {
                var guest = new SocketHarness();
                guests = [guest, guest];
                sockets = kind is "unix" ? ShortUnix(guest) : ShortTcp(guest);
            }
        }

        internal bool IsDone => ended[0] && ended[1];

        internal void Step()
        {
            var end = random.Next(2);
            switch (random.Next(network is null ? 8 : 12))
            {
                case 0 or 1 or 2:
                    Send(end);
                    break;
                case 3 or 4 or 5:
                    Receive(end);
                    break;
                case 6 when sent[end] == BytesPerDirection && !finished[end]:
                    finished[end] = true;
                    Assert.Equal(0, guests[end].Call("shutdown", sockets[end], 1));
                    break;
                case 7 when random.Next(5) == 0:
                    SaveAndRestore(end);
                    break;
                case > 7:
                    network!.Step();
                    break;
            }
        }

        public void Dispose()
        {
            guests[0].Dispose();
            guests[1].Dispose();
        }

        private void Send(int end)
        {
            var count = Math.Min(random.Next(1, 3000), BytesPerDirection - sent[end]);
            if (count == 0)
            {
                return;
            }

            var at = (long)guests[end].PutBytes(8192, toSend[end].AsSpan(sent[end], count));
            var result = guests[end].Call("sendto", sockets[end], at, count, 0x40);
            Assert.True(result == SocketHarness.Fails(Errno.EAGAIN) || (result > 0 && result <= count), $"{result}");
            sent[end] += (int)Math.Max(0, result);
        }

        private void Receive(int end)
        {
            var count = random.Next(1, 3000);
            var flags = random.Next(4) == 0 ? 0x42 : 0x40;
            var result = guests[end].Call("recvfrom", sockets[end], (long)SocketHarness.Base + 16384, count, flags);
            if (result == SocketHarness.Fails(Errno.EAGAIN))
            {
                return;
            }

            Assert.InRange(result, 0, count);
            Assert.Equal(
                toSend[1 - end].AsSpan(received[end], (int)result).ToArray(), guests[end].Bytes(16384, result));
            if (result == 0)
            {
                Assert.True(finished[1 - end]);
                Assert.Equal(BytesPerDirection, received[end]);
                ended[end] = true;
            }

            received[end] += flags == 0x40 ? (int)result : 0;
        }

        private void SaveAndRestore(int end)
        {
            var before = guests[end];
            var address = before.Process.Network.Address;
            var after = SocketHarness.Restore(before.Save(), address, network?.Plug);
            network?.Attach(after.Process.Network);
            for (var index = 0; index < guests.Length; index++)
            {
                guests[index] = guests[index] == before ? after : guests[index];
            }

            before.Dispose();
            using var again = SocketHarness.Restore(after.Save(), address, network?.Plug);
            Assert.Equal(after.Save(), again.Save());
        }

        private SocketHarness Plugged(uint address)
        {
            var guest = new SocketHarness(address, network!.Plug);
            network.Attach(guest.Process.Network);
            return guest;
        }

        private long[] ConnectOver(TestNetwork link)
        {
            var listener = guests[1].Call("socket", 2, 1, 0);
            guests[1].SetOption(listener, 1, 8, 1152);
            guests[1].Bind(listener, 0, 80);
            guests[1].Call("listen", listener, 5);
            var client = guests[0].Call("socket", 2, 1, 0);
            guests[0].SetOption(client, 1, 8, 1152);
            Assert.Equal(SocketHarness.Blocked, guests[0].Connect(client, 0x0A000003, 80));
            Assert.Equal(GuestThreadState.Blocked, guests[0].Thread.State);
            link.StepAll();
            Assert.Equal(GuestThreadState.Runnable, guests[0].Thread.State);
            Assert.Equal(0, guests[0].Connect(client, 0x0A000003, 80));
            return [client, guests[1].Call("accept", listener)];
        }

        private static long[] ShortTcp(SocketHarness guest)
        {
            var (_, client, server) = guest.TcpPair(80, 1152);
            return [client, server];
        }

        private static long[] ShortUnix(SocketHarness guest)
        {
            var (one, other) = guest.Pair(1);
            guest.SetOption(one, 1, 7, 1);
            guest.SetOption(other, 1, 7, 1);
            return [one, other];
        }
    }
}
