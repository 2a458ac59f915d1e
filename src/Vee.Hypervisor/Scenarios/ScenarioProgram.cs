using System.Security.Cryptography;

namespace Vee.Hypervisor.Scenarios;

/// <summary>A program that machines of a scenario execute.</summary>
/// <param name="Name">As the scenario names it.</param>
/// <param name="Bytes">The whole file.</param>
public sealed record ScenarioProgram(string Name, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>SHA-256 of its bytes, hexadecimal.</summary>
    public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData(Bytes.Span));
}

/// <summary>What became of the search for a program.</summary>
/// <param name="Program">The program; null when it was not found.</param>
/// <param name="Refusal">Why not, and what to do; empty when it was found.</param>
public sealed record ProgramLookup(ScenarioProgram? Program, string Refusal)
{
    /// <summary>It was found.</summary>
    public static ProgramLookup Found(ScenarioProgram program) => new(program, "");

    /// <summary>It was not found.</summary>
    /// <param name="why">Why not, and what to do.</param>
    public static ProgramLookup Refused(string why) => new(null, why);
}
