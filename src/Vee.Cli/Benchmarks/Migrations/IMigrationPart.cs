namespace Vee.Cli.Benchmarks.Migrations;

/// <summary>A question about migrations, and the cells that answer it.</summary>
internal interface IMigrationPart
{
    /// <summary>As people choose it.</summary>
    string Name { get; }

    /// <summary>The experiments.</summary>
    IReadOnlyList<MigrationCell> Cells { get; }

    /// <summary>Says what they show.</summary>
    /// <param name="text">Takes Markdown.</param>
    /// <param name="rows">One of each cell, in their order.</param>
    void Write(TextWriter text, IReadOnlyList<MigrationRow> rows);
}
