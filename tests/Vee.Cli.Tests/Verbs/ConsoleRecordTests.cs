using Google.Protobuf;
using Vee.Cli.Commands.Machines;
using Vee.Protocol;
using Xunit;

namespace Vee.Cli.Tests.Verbs;

public sealed class ConsoleRecordTests
{
    private readonly ConsoleRecords records = new();

    [Fact]
    public void A_character_that_comes_in_pieces_is_text()
    {
        Assert.Equal("a", Assert.Single(Of(ConsoleStream.Output, (byte)'a', 0xe2, 0x82)).Text);
        // The other stream has halves of its own.
        Assert.Empty(Of(ConsoleStream.Error, 0xc3));
        Assert.Equal("\u20acb", Assert.Single(Of(ConsoleStream.Output, 0xac, (byte)'b')).Text);
        Assert.Equal(("stderr", "\u00e4"), Told(Assert.Single(Of(ConsoleStream.Error, 0xa4))));
        Assert.Empty(records.Rest());
    }

    [Fact]
    public void Bytes_that_are_no_text_are_kept_as_they_are()
    {
        var record = Assert.Single(Of(ConsoleStream.Output, 0x66, 0xff, 0x00));
        Assert.Null(record.Text);
        Assert.Equal([0x66, 0xff, 0x00], Convert.FromBase64String(record.Base64!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Half_a_character_before_a_gap_or_the_end_is_not_lost(bool isGap)
    {
        Assert.Empty(Of(ConsoleStream.Output, 0xf0, 0x9f));
        var message = isGap
            ? new ConsoleOutput { DroppedBytes = 7 }
            : new ConsoleOutput { End = new MachineEnd { Message = "exited", EndedAtWallMs = 1000 } };

        var told = records.Of(message).ToList();

        Assert.Equal([0xf0, 0x9f], Convert.FromBase64String(told[0].Base64!));
        Assert.Equal(isGap ? (7L, null) : ((long?)null, "exited"), (told[1].DroppedBytes, told[1].Ended));
        Assert.Empty(records.Rest());
    }

    private static (string?, string?) Told(ConsoleRecord record) => (record.Stream, record.Text);

    private IEnumerable<ConsoleRecord> Of(ConsoleStream stream, params byte[] bytes) => records.Of(new ConsoleOutput
    {
        Data = new ConsoleData { Stream = stream, Data = ByteString.CopyFrom(bytes), WrittenAtWallMs = 1 },
    });
}
