namespace Vee.ControlPlane.Schemas;

/// <summary>What the check of one value found.</summary>
/// <remarks>
/// Of several alternatives that all fail, Kubernetes reports the one in which most checks ran; hence the count.
/// </remarks>
internal sealed class ValueResult
{
    private readonly List<FieldError> errors = [];
    private readonly HashSet<(string, string)> seen = [];

    internal IReadOnlyList<FieldError> Errors => errors;

    internal bool IsValid => errors.Count == 0;

    internal int MatchCount { get; private set; }

    internal void Count() => MatchCount++;

    /// <summary>Adds an error unless one with the same text is there.</summary>
    internal void Add(FieldError error)
    {
        if (seen.Add((error.Field, error.Detail + error.Value)))
        {
            errors.Add(error);
        }
    }

    internal void Merge(ValueResult other)
    {
        foreach (var error in other.errors)
        {
            Add(error);
        }

        MatchCount += other.MatchCount;
    }
}
