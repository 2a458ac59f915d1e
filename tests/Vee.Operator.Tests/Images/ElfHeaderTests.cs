using System.Buffers.Binary;
using Vee.Api;
using Vee.Operator.Images;
using Xunit;

namespace Vee.Operator.Tests.Images;

public sealed class ElfHeaderTests
{
    [Theory]
    [InlineData("hello")]
    [InlineData("kvstore")]
    public void A_builtin_program_is_one_that_agents_run(string name) =>
        Assert.Null(ElfHeader.Refuse(new BuiltinImages().Find(name)!.Bytes.Span));

    [Fact]
    public void Text_is_no_program() => Assert.Equal(Reasons.ImageInvalid, Refuse("#!/bin/sh\nexit 0\n"u8.ToArray()));

    [Fact]
    public void An_empty_file_is_no_program() => Assert.Equal(Reasons.ImageInvalid, Refuse([]));

    [Fact]
    public void A_header_that_is_cut_off_is_no_program() =>
        Assert.Equal(Reasons.ImageInvalid, Refuse(Header()[..63]));

    [Theory]
    [InlineData(62, "x86-64")]
    [InlineData(183, "AArch64")]
    [InlineData(9999, "machine 9999")]
    public void Another_processor_is_named(ushort machine, string name)
    {
        var refusal = ElfHeader.Refuse(Header(machine: machine));
        Assert.Equal(Reasons.ImageArchitecture, refusal!.Value.Reason);
        Assert.Contains(name, refusal.Value.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_of_32_bits_is_for_another_processor() =>
        Assert.Equal(Reasons.ImageArchitecture, Refuse(Header(bits: 1)));

    [Fact]
    public void An_object_file_is_no_program() => Assert.Equal(Reasons.ImageInvalid, Refuse(Header(type: 1)));

    private static string? Refuse(byte[] file) => ElfHeader.Refuse(file)?.Reason;

    private static byte[] Header(byte bits = 2, ushort type = 2, ushort machine = 243)
    {
        var header = new byte[64];
        "\u007fELF"u8.CopyTo(header);
        header[4] = bits;
        header[5] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(16), type);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(18), machine);
        return header;
    }
}
