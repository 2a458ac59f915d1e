using System.CommandLine.Parsing;

namespace Vee.Cli.Services;

/// <summary>The memory of an agent as an option value.</summary>
internal static class AgentMemory
{
    private const ulong BytesMin = 1UL << 20;
    private const ulong BytesMax = 1UL << 50;

    /// <summary>Adds an error if a value is no size that an agent can have.</summary>
    internal static void Check(CommandResult result, string option, string? value)
    {
        if (value is not null && (!ByteSize.TryParse(value, out var bytes) || bytes is < BytesMin or > BytesMax))
        {
            result.AddError($"{option} '{value}' must be a size from 1M to 1048576G, such as 4G.");
        }
    }
}
