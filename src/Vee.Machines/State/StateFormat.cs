namespace Vee.Machines.State;

/// <summary>The layout of a saved machine.</summary>
/// <remarks>
/// A state is the magic, a format version, then fields. A field is a type byte, a name (length byte and UTF-8) and
/// a value: the bytes say what they are, so a reader can name what it refuses. Sections and lists nest; the end of
/// each section carries the CRC-32C of every byte before it, so corruption is found close to where it is.
/// Integers are little-endian. See docs/machine.md, "Machine state".
/// </remarks>
internal static class StateFormat
{
    internal const uint Version = 1;
    internal const int NameBytesMax = 255;
    internal const int DepthMax = 32;

    internal static ReadOnlySpan<byte> Magic => "VEESTATE"u8;
}

/// <summary>The type byte of a field. Zero is invalid.</summary>
internal enum StateField : byte
{
    Invalid = 0,
    UInt64 = 1,
    Int64 = 2,
    Bytes = 3,
    Text = 4,
    Section = 5,
    SectionEnd = 6,
    List = 7,
    End = 8,
}

/// <summary>Where a saved machine goes. Called from the thread that saves, in order.</summary>
public interface IStateSink
{
    /// <summary>Takes all the bytes or throws what its medium throws.</summary>
    void Write(ReadOnlySpan<byte> bytes);
}

/// <summary>Where a saved machine comes from.</summary>
public interface IStateSource
{
    /// <summary>Reads at least one byte unless the state has ended.</summary>
    /// <returns>The bytes read; 0 at the end.</returns>
    int Read(Span<byte> destination);
}

/// <summary>A saved machine was refused. Public boundaries turn it into a result; only State throws it.</summary>
public sealed class StateRefusedException(string field, string reason)
    : Exception($"machine state refused at '{field}': {reason}")
{
    /// <summary>The path of the field, for example <c>harts[1].pc</c>.</summary>
    public string Field { get; } = field;

    /// <summary>What was wrong with it.</summary>
    public string Reason { get; } = reason;
}
