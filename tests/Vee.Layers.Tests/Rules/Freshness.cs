namespace Vee.Layers.Tests.Rules;

/// <summary>A generated file that is committed equals what its generator writes now, byte for byte.</summary>
internal static class Freshness
{
    internal static IEnumerable<Violation> Generated(Subject subject)
    {
        foreach (var generated in subject.Generated)
        {
            var file = subject.Files.SingleOrDefault(f => f.Path == generated.Path);
            if (file is null)
            {
                yield return new(
                    generated.Path,
                    $"is generated but not committed: run {generated.Command} and commit it");
            }
            else if (file.Text != generated.Generate())
            {
                yield return new(generated.Path, $"is stale: run {generated.Command} and commit the result");
            }
        }
    }
}
