namespace Vee.Cli.Output;

/// <summary>A column of a table for people.</summary>
/// <param name="Header">In capitals, with the unit if there is one.</param>
/// <param name="Cell">The text of a row; empty for nothing to say.</param>
/// <param name="IsNumber">Numbers stand at the right, so that they can be compared at a glance.</param>
internal sealed record TableColumn<T>(string Header, Func<T, string> Cell, bool IsNumber = false);

/// <summary>Writes rows as columns with spaces between, as kubectl does.</summary>
internal static class TextTable
{
    private const int Gap = 3;
    private const string Nothing = "-";

    /// <summary>Writes a header and a line per row.</summary>
    internal static void Write<T>(
        TextWriter writer, IReadOnlyList<TableColumn<T>> columns, IReadOnlyList<T> rows)
    {
        string[] header = [.. columns.Select(column => column.Header)];
        var lines = rows.Select(row => columns.Select(column => Cell(column, row)).ToArray()).Prepend(header).ToList();
        int[] widths = [.. columns.Select((_, index) => lines.Max(line => line[index].Length))];
        foreach (var line in lines)
        {
            var cells = line.Select((cell, index) =>
                columns[index].IsNumber ? cell.PadLeft(widths[index]) : cell.PadRight(widths[index]));
            writer.WriteLine(string.Join(new string(' ', Gap), cells).TrimEnd());
        }
    }

    /// <summary>A cell is one line, whatever is in the message that it shows.</summary>
    private static string Cell<T>(TableColumn<T> column, T row)
    {
        var text = column.Cell(row).ReplaceLineEndings(" ");
        return text.Length == 0 ? Nothing : text;
    }
}
