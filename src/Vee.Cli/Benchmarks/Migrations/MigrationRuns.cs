namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>Executes cells on all cores: they have nothing to do with one another.</summary>
/// <param name="progress">Where is written how far they are.</param>
/// <param name="time">The wall's.</param>
internal sealed class MigrationRuns(TextWriter progress, TimeProvider time)
{
    // Both sides of a machine are in memory, and what the target has of it.
    private const ulong BytesAlone = 2UL << 30;

    /// <summary>Executes them; those that touch much memory one at a time.</summary>
    /// <returns>A row for each, in their order.</returns>
    internal IReadOnlyList<MigrationRow> Execute(string part, IReadOnlyList<MigrationCell> cells)
    {
        var start = time.GetTimestamp();
        var rows = new MigrationRow[cells.Count];
        var done = 0;
        var gate = new Lock();
        Execute(1, cell => cell.Load.TouchedBytes >= BytesAlone);
        Execute(Environment.ProcessorCount, cell => cell.Load.TouchedBytes < BytesAlone);
        progress.WriteLine(FormattableString.Invariant(
            $"{part}: {cells.Count} migrations in {time.GetElapsedTime(start).TotalSeconds:0.0} s of wall time"));
        return rows;

        void Execute(int atOnce, Func<MigrationCell, bool> chosen) => Parallel.ForEach(
            cells.Index().Where(cell => chosen(cell.Item)),
            new ParallelOptions { MaxDegreeOfParallelism = atOnce },
            cell =>
            {
                rows[cell.Index] = MigrationRack.Execute(cell.Item);
                lock (gate)
                {
                    done++;
                    progress.WriteLine($"{part} {done}/{cells.Count}: {cell.Item.Title}: {rows[cell.Index].Outcome}");
                }
            });
    }
}
