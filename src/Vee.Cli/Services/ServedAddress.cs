using Vee.Cli.Output;

namespace Vee.Cli.Services;

/// <summary>Something that a process serves.</summary>
/// <param name="Service">What is served there.</param>
/// <param name="Address">Where.</param>
internal sealed record ServedAddress(string Service, string Address)
{
    /// <summary>For people.</summary>
    internal static IReadOnlyList<TableColumn<ServedAddress>> Columns { get; } =
    [
        new("SERVICE", served => served.Service),
        new("ADDRESS", served => served.Address),
    ];
}
