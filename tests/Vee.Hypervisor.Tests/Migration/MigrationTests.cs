using Vee.Hypervisor.Migration;
using Vee.Hypervisor.Pages;
using Vee.Hypervisor.Tests.Hosts;
using Xunit;

namespace Vee.Hypervisor.Tests.Migration;

/// <summary>Machines that move while their programs run end as if they had stayed.</summary>
public sealed class MigrationTests
{
    private const string Writer = "--memory 4M --rounds 2500 --pattern random-words";

    public static TheoryData<string> Codecs => [.. PageCodecKinds.All.Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_writer_that_moves_ends_as_one_that_stays(string codec)
    {
        using var stays = Move.Of("bin/writer", Writer);
        stays.RunFor(4 * TestHost.Second);

        using var moves = Move.Of("bin/writer", Writer);
        moves.RunFor(20 * TestHost.Millisecond);
        moves.Begin(new MigrationOptions { Codec = codec });
        moves.RunToEnd();

        Assert.Null(moves.Last.Failure);
        Assert.Equal(MigrationPhase.Done, moves.Last.Phase);
        moves.RunFor(4 * TestHost.Second);
        Assert.NotEqual("", stays.Console.Output);
        Assert.Equal(stays.Console.Output, moves.Console.Output);
        Assert.NotSame(moves.Source, moves.Guest);
    }
}
