using Vee.Machines.State;

namespace Vee.Hypervisor.Migration;

/// <summary>What a message between source and target says. Zero is invalid.</summary>
internal enum MigrationMessageKind : byte
{
    None = 0,

    /// <summary>The source asks whether the target can take the machine.</summary>
    Offer = 1,

    /// <summary>It can, and how.</summary>
    Accept = 2,

    /// <summary>Whoever says so has given the migration up, and will not go on with it.</summary>
    Abort = 3,

    /// <summary>Pages: a frame follows.</summary>
    Pages = 4,

    /// <summary>A piece of the machine's state.</summary>
    State = 5,

    /// <summary>There is no more: what the target must have now.</summary>
    Whole = 6,

    /// <summary>The target has it.</summary>
    Ready = 7,

    /// <summary>The machine is the target's.</summary>
    Grant = 8,

    /// <summary>The target has let it go on.</summary>
    Running = 9,

    /// <summary>When it executed first.</summary>
    Executed = 10,

    /// <summary>A piece of what goes along and is none of the machine's.</summary>
    Luggage = 11,

    /// <summary>The source has nothing more to say.</summary>
    Over = 12,

    /// <summary>Pages that come after the machine: their numbers.</summary>
    Late = 13,

    /// <summary>Some of those: digests, and a frame.</summary>
    LatePages = 14,

    /// <summary>A vCPU waits for one: its number twice, and 1 more to have it whole.</summary>
    Wanted = 15,

    /// <summary>All of them have come.</summary>
    Complete = 16,
}

/// <summary>The source's question.</summary>
/// <param name="Token">What it would grant.</param>
/// <param name="MemoryBytes">Of the machine.</param>
/// <param name="PageKinds">A bit for each form that pages may have.</param>
/// <param name="Codec">Name of the codec, for what reading its pages costs.</param>
/// <param name="Features">A bit for each thing beyond copying that the source would do.</param>
internal sealed record Offer(long Token, ulong MemoryBytes, ulong PageKinds, string Codec, ulong Features)
{
    /// <summary>Pages may come after the machine. The source cannot do without, if it asks.</summary>
    public const ulong PostCopy = 1;

    /// <summary>The grant may come along with the state.</summary>
    public const ulong GrantAhead = 2;
}

/// <summary>The target's answer.</summary>
/// <param name="Features">Those of the offer that it knows.</param>
/// <param name="Cores">How many read pages.</param>
/// <param name="Capacity">Of all of them, <see cref="Hardware.HardwareProfile.CapacityReference"/> for
/// each that is like the reference.</param>
internal sealed record Acceptance(ulong Features, int Cores, int Capacity);

/// <summary>What the target must have when it has all.</summary>
/// <param name="Root">Digest of all pages.</param>
/// <param name="StateDigest">Digest of the state.</param>
/// <param name="StateBytes">Its length.</param>
/// <param name="Place">How the machine stands in its host's time.</param>
internal sealed record Whole(byte[] Root, byte[] StateDigest, long StateBytes, Guests.MachinePlace Place)
{
    /// <summary>The token, when a target that has all this has the machine; 0 when the source compares.</summary>
    public long Grant { get; init; }
}

/// <summary>Messages as bytes and back; what comes from another host may be anything.</summary>
internal static class MigrationMessage
{
    private const int ReasonBytesMax = 64;
    private const int TextBytesMax = 1024;
    private const int CoresMax = 1 << 16;
    private const int CapacityMax = 1 << 30;
    private const uint Version = 3;

    /// <summary>A message that says no more than its kind.</summary>
    public static byte[] Of(MigrationMessageKind kind) => [(byte)kind];

    public static byte[] Of(MigrationMessageKind kind, ReadOnlySpan<byte> content) => [(byte)kind, .. content];

    public static byte[] Of(Offer offer) => Written(MigrationMessageKind.Offer, to =>
    {
        to.Int64("token", offer.Token);
        to.UInt64("memoryBytes", offer.MemoryBytes);
        to.UInt64("pageKinds", offer.PageKinds);
        to.Text("codec", offer.Codec);
        to.UInt64("features", offer.Features);
    });

    public static byte[] Of(Acceptance acceptance) => Written(MigrationMessageKind.Accept, to =>
    {
        to.UInt64("features", acceptance.Features);
        to.Int64("cores", acceptance.Cores);
        to.Int64("capacity", acceptance.Capacity);
    });

    public static byte[] Of(MigrationFailure failure) => Written(MigrationMessageKind.Abort, to =>
    {
        to.Text("reason", failure.Reason);
        to.Text("message", failure.Message);
        to.Boolean("isRetryable", failure.IsRetryable);
    });

    public static byte[] Of(Whole whole) => Written(MigrationMessageKind.Whole, to =>
    {
        to.Bytes("root", whole.Root);
        to.Bytes("stateDigest", whole.StateDigest);
        to.Int64("stateBytes", whole.StateBytes);
        whole.Place.Save(to);
        to.Int64("grant", whole.Grant);
    });

    public static byte[] Of(PageFaultReport report) => Written(MigrationMessageKind.Complete, report.Save);

    /// <summary>A message that says a number: a token or a time.</summary>
    public static byte[] Of(MigrationMessageKind kind, long number) =>
        Written(kind, to => to.Int64("number", number));

    public static Offer ReadOffer(ReadOnlyMemory<byte> content) => Read(content, from => new Offer(
        from.Int64("token", 1), from.UInt64("memoryBytes"), from.UInt64("pageKinds"),
        from.Text("codec", TextBytesMax), from.UInt64("features")));

    public static Acceptance ReadAcceptance(ReadOnlyMemory<byte> content) => Read(content, from => new Acceptance(
        from.UInt64("features"), (int)from.Int64("cores", 1, CoresMax), (int)from.Int64("capacity", 1, CapacityMax)));

    public static MigrationFailure ReadAbort(ReadOnlyMemory<byte> content) => Read(content, from =>
        new MigrationFailure(
            from.Text("reason", ReasonBytesMax), from.Text("message", TextBytesMax), from.Boolean("isRetryable")));

    public static Whole ReadWhole(ReadOnlyMemory<byte> content) => Read(content, from => new Whole(
        from.Bytes("root", MemoryDigest.RootBytes), from.Bytes("stateDigest", MemoryDigest.RootBytes),
        from.Int64("stateBytes", 0), Guests.MachinePlace.Restore(from)) { Grant = from.Int64("grant", 0) });

    public static PageFaultReport ReadComplete(ReadOnlyMemory<byte> content) =>
        Read(content, PageFaultReport.Restore);

    public static long ReadNumber(ReadOnlyMemory<byte> content) => Read(content, from => from.Int64("number", 0));

    private static byte[] Written(MigrationMessageKind kind, Action<StateWriter> write)
    {
        var bytes = new MessageBytes(new[] { (byte)kind });
        var state = new StateWriter(bytes);
        state.Section("message", Version, write);
        state.Complete();
        return bytes.ToArray();
    }

    /// <exception cref="StateRefusedException">It is no such message.</exception>
    private static T Read<T>(ReadOnlyMemory<byte> content, Func<StateReader, T> read)
    {
        var state = new StateReader(new MessageBytes(content));
        var result = default(T);
        state.Section("message", Version, from => result = read(from));
        state.Complete();
        return result!;
    }
}
