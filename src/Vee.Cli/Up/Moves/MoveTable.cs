using System.Globalization;
using Vee.Cli.Output;

namespace Vee.Cli.Up.Moves;

/// <summary>Moves side by side: a column for each machine, a line for each figure.</summary>
internal static class MoveTable
{
    private static readonly Figure[] Figures =
    [
        new("codec", move => move.Codec),
        new("rounds", move => Text(move.Rounds)),
        new("pages sent", move => Text(move.PagesSent)),
        new("bytes on the wire", move => ByteSize.Format(move.BytesSent)),
        new("pause, virtual time", move => Milliseconds(move.PauseVirtualUs)),
        new("  as predicted", move => Milliseconds(move.PausePredictedVirtualUs)),
        new("  least with a round trip", move => Milliseconds(move.PauseBoundVirtualUs)),
        new("pause, wall time", move => $"{Text(move.PauseWallMs)} ms"),
        new("blackout of a probe, virtual time", move => Milliseconds(move.BlackoutVirtualUs)),
        new("blackout of its client, wall time", move => $"{Text(move.LongestGapWallMs)} ms"),
        new("digests of both sides", move => move.RootDigest is null ? "unknown" : "equal"),
        new("acknowledged writes", move => Text(move.AcknowledgedWrites)),
        new("lost of them", move => Text(move.LostWrites)),
    ];

    internal static void Write(TextWriter output, IReadOnlyList<MoveReport> moves)
    {
        TableColumn<Figure>[] columns =
        [
            new("", figure => figure.Name),
            .. moves.Select(move => new TableColumn<Figure>(move.Machine, f => f.Of(move), IsNumber: true)),
        ];
        TextTable.Write(output, columns, Figures);
    }

    /// <summary>What a reader is to see at once.</summary>
    internal static string Compare(MoveReport plain, MoveReport delta) => string.Create(
        CultureInfo.InvariantCulture,
        $"{plain.Machine} stood still {(double)plain.PauseVirtualUs / delta.PauseVirtualUs:0.0} times as long as "
        + $"{delta.Machine}: {Milliseconds(plain.PauseVirtualUs)} of virtual time, not "
        + $"{Milliseconds(delta.PauseVirtualUs)}");

    private static string Text(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Milliseconds(long microseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1000.0:0.0} ms");

    private sealed record Figure(string Name, Func<MoveReport, string> Of);
}
