using Vee.Machines.Harts;
using Vee.Machines.Memory;
using Vee.Machines.Networking;
using Vee.Machines.State;
using Vee.Machines.Storage;

namespace Vee.Machines.Linux;

/// <summary>What a process machine is started with.</summary>
/// <remarks>
/// Arguments, environment and the program's path have one character per byte (Latin-1), as every text that a guest
/// reads or writes has inside the machine: what is no UTF-8 is kept.
/// </remarks>
public sealed record ProcessOptions
{
    /// <summary>Hardware threads at most.</summary>
    public const int HartCountMax = 64;

    private const long FileBytesLimit = 64L << 30;
    private const int TextsMax = 65_536;

    // A quarter of a stack of 8 MiB is the limit for all of them; a byte above 0x7f takes two in a state.
    private const int TextBytesMax = 4 << 20;
    private const char TextCharacterMax = '\xff';

    /// <summary>RAM, in bytes: pages that the guest may have touched at once.</summary>
    /// <value>Default 256 MiB.</value>
    /// <exception cref="ArgumentOutOfRangeException">Not between one page and 128 GiB.</exception>
    public ulong MemoryBytes
    {
        get;
        init => field = value is >= PageNumber.Bytes and <= GuestMemory.ArenaBytesMax / 2
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "RAM is 4 KiB to 128 GiB.");
    } = 256UL << 20;

    /// <summary>Hardware threads.</summary>
    /// <value>Default 1; 1..64.</value>
    /// <exception cref="ArgumentOutOfRangeException">Not 1 to 64.</exception>
    public int HartCount
    {
        get;
        init => field = value is >= 1 and <= HartCountMax
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A machine has 1 to 64 harts.");
    } = 1;

    /// <summary>Seed of everything that is random to the guest: interleaving, getrandom, AT_RANDOM.</summary>
    /// <value>Default 1.</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>argv; the first is the program's name. One character per byte.</summary>
    /// <exception cref="ArgumentException">A character is no byte.</exception>
    public required IReadOnlyList<string> Arguments
    {
        get;
        init => field = value.All(IsBytes) ? value : throw NotBytes(nameof(value));
    }

    /// <summary>The program's path as the guest sees it. One character per byte.</summary>
    /// <value>Default <c>/program</c>.</value>
    /// <exception cref="ArgumentException">A character is no byte.</exception>
    public string ProgramPath
    {
        get;
        init => field = IsBytes(value) ? value : throw NotBytes(nameof(value));
    } = "/program";

    /// <summary>What instructions cost and how fast the harts are.</summary>
    /// <value>Default <see cref="CostModel.InOrder"/>.</value>
    public CostModel Costs { get; init; } = CostModel.InOrder;

    /// <summary>Environment, as NAME=value. One character per byte.</summary>
    /// <exception cref="ArgumentException">A character is no byte.</exception>
    public IReadOnlyList<string> Environment
    {
        get;
        init => field = value.All(IsBytes) ? value : throw NotBytes(nameof(value));
    } = [];

    /// <summary>CLOCK_REALTIME at the machine's start, in nanoseconds since 1970.</summary>
    /// <value>Default 2026-01-01T00:00:00Z, so that equal seeds give equal runs.</value>
    public long RealtimeAtStart { get; init; } = 1_767_225_600L * 1_000_000_000L;

    /// <summary>The name that uname and gethostname return.</summary>
    /// <value>Default <c>vee</c>.</value>
    public string HostName { get; init; } = "vee";

    /// <summary>The lower layer of the guest's root directory; the machine never changes it.</summary>
    /// <value>Default null: the root holds only what the machine makes.</value>
    public Files.IHostDirectory? RootDirectory { get; init; }

    /// <summary>Bytes of a page of host memory; a larger one than the host's stands for hosts that have it.</summary>
    internal ulong HostPageBytes { get; init; } = HostPages.Bytes;

    /// <summary>Bytes of file content that the machine holds in memory: new files and changed parts of host
    /// files.</summary>
    /// <value>Default 256 MiB; 0 to 64 GiB.</value>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 to 64 GiB.</exception>
    public long FileBytesMax
    {
        get;
        init => field = value is >= 0 and <= FileBytesLimit
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "File content is 0 to 64 GiB.");
    } = 256L << 20;

    /// <summary>What the machine's network messages go out to.</summary>
    /// <value>Default null: there is nothing outside, and connecting to another address fails with ENETUNREACH.</value>
    public INetwork? Network { get; init; }

    /// <summary>What the machine's files lie on.</summary>
    /// <value>Default null: they are in memory, and nobody waits for them.</value>
    public IDisk? Disk { get; init; }

    /// <summary>The machine's IPv4 address, as a number.</summary>
    /// <value>Default 10.0.0.2.</value>
    public uint NetworkAddress { get; init; } = 0x0A000002;

    internal void Save(StateWriter state)
    {
        state.UInt64("memoryBytes", MemoryBytes);
        state.Int64("hartCount", HartCount);
        state.UInt64("seed", Seed);
        state.Int64("realtimeAtStart", RealtimeAtStart);
        state.Int64("fileBytesMax", FileBytesMax);
        state.UInt64("networkAddress", NetworkAddress);
        state.Text("hostName", HostName);
        state.Text("programPath", ProgramPath);
        state.List("arguments", Arguments, (writer, text) => writer.Text("text", text));
        state.List("environment", Environment, (writer, text) => writer.Text("text", text));
        state.Section("costs", 1, Costs.Save);
    }

    internal static ProcessOptions Restore(StateReader state)
    {
        var memoryBytes = state.UInt64("memoryBytes", GuestMemory.ArenaBytesMax / 2);
        if (memoryBytes < PageNumber.Bytes)
        {
            throw state.Refuse("memoryBytes", $"{memoryBytes} bytes are less than a page");
        }

        var hartCount = state.Int32("hartCount", 1, HartCountMax);
        var seed = state.UInt64("seed");
        var realtime = state.Int64("realtimeAtStart", 0);
        var fileBytesMax = state.Int64("fileBytesMax", 0, FileBytesLimit);
        var networkAddress = (uint)state.UInt64("networkAddress", uint.MaxValue);
        var hostName = state.Text("hostName", 256);
        var programPath = ReadBytes(state, "programPath");
        var arguments = new List<string>();
        state.List("arguments", TextsMax, (reader, _) => arguments.Add(ReadBytes(reader, "text")));
        var environment = new List<string>();
        state.List("environment", TextsMax, (reader, _) => environment.Add(ReadBytes(reader, "text")));
        var costs = CostModel.InOrder;
        state.Section("costs", 1, reader => costs = CostModel.Restore(reader));
        return new ProcessOptions
        {
            MemoryBytes = memoryBytes,
            HartCount = hartCount,
            Seed = seed,
            RealtimeAtStart = realtime,
            FileBytesMax = fileBytesMax,
            NetworkAddress = networkAddress,
            HostName = hostName,
            ProgramPath = programPath,
            Arguments = arguments,
            Environment = environment,
            Costs = costs,
        };
    }

    private static string ReadBytes(StateReader state, string name)
    {
        var text = state.Text(name, TextBytesMax);
        return IsBytes(text) ? text : throw state.Refuse(name, "a character is no byte");
    }

    private static bool IsBytes(string text) => !text.AsSpan().ContainsAnyExceptInRange('\0', TextCharacterMax);

    private static ArgumentException NotBytes(string name) =>
        new("A text of the guest has one character per byte.", name);
}
