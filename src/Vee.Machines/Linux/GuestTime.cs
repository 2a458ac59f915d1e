using System.Buffers.Binary;

namespace Vee.Machines.Linux;

/// <summary>struct timespec: 64-bit seconds and nanoseconds.</summary>
internal static class GuestTime
{
    internal const int Bytes = 16;

    /// <summary>Reads a time span; one beyond 2^63 - 1 nanoseconds becomes that.</summary>
    /// <returns>False for negative seconds or nanoseconds outside 0..999,999,999 (EINVAL).</returns>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, out long nanoseconds)
    {
        var seconds = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var fraction = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        nanoseconds = seconds >= long.MaxValue / VirtualClock.NanosecondsPerSecond
            ? long.MaxValue
            : (seconds * VirtualClock.NanosecondsPerSecond) + fraction;
        return seconds >= 0 && fraction is >= 0 and < VirtualClock.NanosecondsPerSecond;
    }

    /// <summary>Writes a time that is not negative.</summary>
    internal static void Write(Span<byte> bytes, long nanoseconds)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, nanoseconds / VirtualClock.NanosecondsPerSecond);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], nanoseconds % VirtualClock.NanosecondsPerSecond);
    }
}
