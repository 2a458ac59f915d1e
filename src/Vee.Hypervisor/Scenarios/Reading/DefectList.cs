namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>What is wrong with a text, so far.</summary>
internal sealed class DefectList
{
    private readonly List<ScenarioDefect> defects = [];
    private int untold;

    /// <summary>Whether there is nothing wrong.</summary>
    public bool IsEmpty => defects.Count == 0;

    /// <summary>Adds one.</summary>
    public void Add(string path, TextPosition position, string message)
    {
        if (defects.Count < ScenarioText.DefectsMax)
        {
            defects.Add(new ScenarioDefect(path, position, message));
        }
        else
        {
            untold++;
        }
    }

    /// <summary>All of them in the order of the text.</summary>
    public IReadOnlyList<ScenarioDefect> InOrder() =>
    [
        .. defects.OrderBy(d => d.Position),
        .. untold > 0 ? [new ScenarioDefect("", default, $"and {untold} more")] : Array.Empty<ScenarioDefect>(),
    ];
}
