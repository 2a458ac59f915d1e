using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Vee.Machines.Tests.Isa;

/// <summary>Runs GNU objdump for RISC-V over raw code.</summary>
internal static partial class Objdump
{
    private const string Program = "riscv64-linux-gnu-objdump";

    /// <summary>The installed program, or null.</summary>
    public static string? Path { get; } = Environment.GetEnvironmentVariable("PATH")?
        .Split(System.IO.Path.PathSeparator)
        .Select(directory => System.IO.Path.Combine(directory, Program))
        .FirstOrDefault(File.Exists);

    /// <summary>Disassembles units of code, the first at address 0.</summary>
    /// <param name="units">Encodings whose lengths are all <paramref name="unitBytes"/>.</param>
    /// <param name="unitBytes">2 or 4.</param>
    /// <returns>Text by address: mnemonic, a space and operands, without objdump's comments.</returns>
    public static Dictionary<ulong, string> Disassemble(IReadOnlyList<uint> units, int unitBytes)
    {
        var code = new byte[units.Count * unitBytes];
        Span<byte> word = stackalloc byte[4];
        for (var i = 0; i < units.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(word, units[i]);
            word[..unitBytes].CopyTo(code.AsSpan(i * unitBytes));
        }

        var file = System.IO.Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, code);
            return Run(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Dictionary<ulong, string> Run(string file)
    {
        string[] arguments = ["-b", "binary", "-m", "riscv:rv64", "-M", "no-aliases", "-D", "-z", file];
        var start = new ProcessStartInfo(Path!, arguments)
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return Line().Matches(output).ToDictionary(
            line => ulong.Parse(line.Groups["address"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            line => line.Groups["text"].Value.Split(" # ")[0].Trim().Replace('\t', ' '));
    }

    [GeneratedRegex(@"^\s*(?<address>[0-9a-f]+):\t[0-9a-f]+\s+(?<text>\S.*)$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Line();
}
