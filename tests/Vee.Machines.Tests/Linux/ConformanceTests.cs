using System.Text;
using System.Text.Json;
using Vee.Machines.Linux;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;
using Vee.Machines.Tests.Linux.Files;
using Xunit;

namespace Vee.Machines.Tests.Linux;

/// <summary>
/// The conformance programs of guests/conformance, built here where the compiler is, give the output and exit status
/// that their manifest records from qemu-riscv64 or, where that is known to be wrong, from Linux.
/// </summary>
public sealed class ConformanceTests
{
    public static TheoryData<string, string> Runs
    {
        get
        {
            var runs = new TheoryData<string, string>();
            foreach (var (program, run) in ReadManifest())
            {
                runs.Add(program, run.GetProperty("name").GetString()!);
            }

            return runs;
        }
    }

    /// <summary>All but those that compute for a minute and make few calls.</summary>
    public static TheoryData<string, string> ShortRuns => [.. Runs.Where(run =>
        run.Data.Item1 is not ("atomics" or "malloc_stress" or "exhaustion" or "cpp_exceptions"))];

    [Theory]
    [MemberData(nameof(Runs))]
    public void Program_gives_the_recorded_output_and_exit_status(string program, string name) =>
        AssertRecorded(program, name, HostPages.Bytes);

    [Theory]
    [InlineData("memory_maps", 16)]
    [InlineData("memory_maps", 64)]
    [InlineData("malloc_stress", 64)]
    [InlineData("generated_code", 64)]
    [InlineData("faults", 64)]
    [InlineData("thread_pool", 64)]
    public void Program_gives_the_same_where_host_pages_are_larger(string program, int hostPageKibibytes)
    {
        foreach (var run in ReadManifest().Where(entry => entry.Program == program))
        {
            AssertRecorded(program, run.Run.GetProperty("name").GetString()!, (ulong)hostPageKibibytes << 10);
        }
    }

    [Theory]
    [MemberData(nameof(ShortRuns))]
    public void Program_gives_the_same_while_its_pages_come_late(string program, string name)
    {
        var random = new Random(TestSeed.Announce());
        AssertRecorded(program, name, HostPages.Bytes, machine =>
        {
            var run = new IncompleteRun(machine, random);
            var ending = run.ToEnd(interval: 200);
            Assert.True(run.FaultCount > 0, $"{run.TakenCount} pages were taken away, none was needed");
            return ending;
        });
    }

    private static void AssertRecorded(
        string program, string name, ulong hostPageBytes, Func<ProcessMachine, ProcessEnding>? toEnd = null)
    {
        var run = ReadManifest()
            .First(entry => entry.Program == program && entry.Run.GetProperty("name").GetString() == name).Run;
        var expectedOutput = AsBytes(run.GetProperty("expectedOutput").GetString()!);
        var expectedStatus = run.GetProperty("exit").GetInt32();
        var (output, status, errors) = Execute(program, run, hostPageBytes, toEnd);
        Assert.True(expectedOutput == output, $"{Difference(expectedOutput, output)}\nstderr: {errors}");
        Assert.Equal(expectedStatus, status);
    }

    private static (string Output, int Status, string Errors) Execute(
        string program, JsonElement run, ulong hostPageBytes, Func<ProcessMachine, ProcessEnding>? toEnd)
    {
        var console = new TestConsole { Ended = true };
        if (run.TryGetProperty("stdin", out var input))
        {
            console.Type(AsBytes(input.GetString()!));
        }

        var options = new ProcessOptions
        {
            Arguments = [program, .. run.GetProperty("arguments").EnumerateArray().Select(item => item.GetString()!)],
            Environment = run.TryGetProperty("environment", out var environment)
                ? [.. environment.EnumerateObject().Select(item => $"{item.Name}={item.Value.GetString()}")]
                : [],
            RootDirectory = Locales(),
            ProgramPath = $"/{program}",
            MemoryBytes = 512UL << 20,
            HartCount = 2,
            HostPageBytes = hostPageBytes,
        };
        using var machine = ProcessMachine.TryCreate(
            ConformancePrograms.Read(program), options, console, out var refusal);
        Assert.True(machine is not null, refusal);
        var ending = toEnd?.Invoke(machine) ?? GuestRun.ToEnd(machine, () => 100_000_000);
        return (console.Output, ending.ShellStatus, console.Errors);
    }

    /// <summary>This computer's C.UTF-8 locale, whose files are the same for every architecture.</summary>
    private static MemoryHostDirectory Locales()
    {
        const string folder = "/usr/lib/locale/C.utf8";
        var root = new MemoryHostDirectory();
        if (!Directory.Exists(folder))
        {
            return root;
        }

        foreach (var parent in new[] { "usr", "usr/lib", "usr/lib/locale", "usr/lib/locale/C.utf8" }
            .Concat(Directory.GetDirectories(folder, "*", SearchOption.AllDirectories).Select(path => path[1..])))
        {
            root.Directory(parent);
        }

        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            root.File(file[1..], Encoding.Latin1.GetString(File.ReadAllBytes(file)));
        }

        return root;
    }

    private static IEnumerable<(string Program, JsonElement Run)> ReadManifest()
    {
        var text = File.ReadAllText(Path.Combine(ConformancePrograms.Folder, "manifest.json"));
        var manifest = JsonDocument.Parse(text).RootElement;
        foreach (var program in manifest.EnumerateArray())
        {
            foreach (var run in program.GetProperty("runs").EnumerateArray())
            {
                yield return (program.GetProperty("name").GetString()!, run);
            }
        }
    }

    // The console's text has a character for each byte; the manifest is UTF-8.
    private static string AsBytes(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static string Difference(string expected, string actual)
    {
        var (left, right) = (expected.Split('\n'), actual.Split('\n'));
        var text = new StringBuilder();
        for (var line = 0; line < Math.Max(left.Length, right.Length); line++)
        {
            var (a, b) = (line < left.Length ? left[line] : "(end)", line < right.Length ? right[line] : "(end)");
            if (a != b)
            {
                text.Append("line ").Append(line
                    + 1).Append(": expected '").Append(a).Append("', got '").Append(b).Append("'\n");
            }
        }

        return text.ToString();
    }
}
