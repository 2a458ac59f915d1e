using System.Buffers.Binary;
using System.Net;
using Vee.Api;

namespace Vee.Operator.Decisions.Machines;

/// <summary>An address for a machine, or why none: exactly one of the two.</summary>
internal sealed record AddressResult
{
    public string? Address { get; private init; }

    /// <summary>One of <see cref="Reasons"/>.</summary>
    public string? Reason { get; private init; }

    public string? Message { get; private init; }

    public static AddressResult Of(string address) => new() { Address = address };

    public static AddressResult None(string reason, string message) => new() { Reason = reason, Message = message };
}

/// <summary>Finds an address for a machine that no other one has.</summary>
internal static class Addressing
{
    // 10.64.0.0/10, without its first and its last address.
    private const uint First = 0x0A400001;
    private const uint Last = 0x0A7FFFFE;

    /// <summary>
    /// The one that the spec asks for; else the one that it has; else the lowest that nobody has or asks for.
    /// </summary>
    public static AddressResult Find(MachineInput input)
    {
        if (input.Spec.Network?.Address is { } asked)
        {
            return input.Addresses.TryGetValue(asked, out var owner)
                ? AddressResult.None(
                    Reasons.AddressTaken,
                    $"{owner} has the address {asked}: ask for another one, or for none")
                : AddressResult.Of(asked);
        }

        if (input.Status.Network?.Address is { } own && !input.Addresses.ContainsKey(own))
        {
            return AddressResult.Of(own);
        }

        for (var address = First; address <= Last; address++)
        {
            var text = Text(address);
            if (!input.Addresses.ContainsKey(text) && !input.AskedAddresses.Contains(text))
            {
                return AddressResult.Of(text);
            }
        }

        return AddressResult.None(Reasons.NoAddress, "every address of 10.64.0.0/10 is taken: delete a machine");
    }

    /// <summary>The number that agents know an address by: 0x0A400001 for 10.64.0.1.</summary>
    public static uint Number(string address) =>
        BinaryPrimitives.ReadUInt32BigEndian(IPAddress.Parse(address).GetAddressBytes());

    private static string Text(uint address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return new IPAddress(bytes).ToString();
    }
}
