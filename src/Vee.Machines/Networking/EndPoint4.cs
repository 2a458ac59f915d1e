using System.Globalization;

namespace Vee.Machines.Networking;

/// <summary>An IPv4 address and a port.</summary>
/// <param name="Address">The address as a number: 10.0.0.2 is 0x0A000002.</param>
/// <param name="Port">The port; 0 where none is chosen yet.</param>
public readonly record struct EndPoint4(uint Address, ushort Port)
{
    /// <summary>0.0.0.0, which stands for every address of a machine.</summary>
    public const uint Any = 0;

    /// <summary>127.0.0.1.</summary>
    public const uint Loopback = 0x7F000001;

    /// <summary>255.255.255.255.</summary>
    public const uint Broadcast = 0xFFFFFFFF;

    /// <summary>Whether the address is in 127.0.0.0/8 (RFC 1122, section 3.2.1.3).</summary>
    public bool IsLoopback => Address >> 24 == 127;

    /// <summary>Whether the address is a group's, 224.0.0.0/4 (RFC 5771).</summary>
    public bool IsMulticast => Address >> 28 == 0xE;

    internal ulong Packed => (ulong)Address << 16 | Port;

    /// <summary>For example <c>10.0.0.2:80</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Address >> 24}.{Address >> 16 & 255}.{Address >> 8 & 255}.{Address & 255}:{Port}");

    internal static EndPoint4 Unpack(ulong packed) => new((uint)(packed >> 16), (ushort)packed);
}
