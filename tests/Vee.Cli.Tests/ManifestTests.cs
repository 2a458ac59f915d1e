using System.Text.Json;
using Xunit;

namespace Vee.Cli.Tests;

/// <summary>Every run that the guests' manifest lists, against what it expects and against qemu-riscv64.</summary>
public sealed class ManifestTests
{
    private const string Emulator = "qemu-riscv64";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    // Each thing that a run names, on one line of the test's name.
    public static TheoryData<string, string> Runs
    {
        get
        {
            var runs = new TheoryData<string, string>();
            foreach (var guest in Read())
            {
                foreach (var run in guest.Runs)
                {
                    runs.Add(guest.Name, run.Name);
                }
            }

            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs), DisableDiscoveryEnumeration = true)]
    public async Task A_guest_does_what_the_manifest_expects(string guest, string run)
    {
        using var scratch = new ScratchDirectory();
        var (program, listed) = Find(guest, run);
        var environment = listed.Environment.SelectMany(
            variable => (string[])["--env", $"{variable.Key}={variable.Value}"]);

        var outcome = await VeeProcess.RunAsync(
            Repository.Vee, ["run", .. environment, program, .. listed.Arguments], listed.Stdin, scratch.FullName);

        Assert.Equal(listed.ExpectedOutput, outcome.Output);
        Assert.Equal(listed.Exit, outcome.Status);
    }

    [Theory]
    [MemberData(nameof(Runs), DisableDiscoveryEnumeration = true)]
    public async Task A_guest_does_what_it_does_in_qemu(string guest, string run)
    {
        Assert.SkipWhen(FindEmulator() is null, $"{Emulator} is not installed (Debian: qemu-user).");
        using var scratch = new ScratchDirectory();
        var (program, listed) = Find(guest, run);
        var environment = listed.Environment.Select(variable => $"{variable.Key}={variable.Value}");

        var ours = await VeeProcess.RunAsync(
            Repository.Vee,
            ["run", .. environment.SelectMany(variable => (string[])["--env", variable]), program, .. listed.Arguments],
            listed.Stdin,
            scratch.FullName);
        var theirs = await VeeProcess.RunAsync(
            "/usr/bin/env",
            ["-i", .. environment, FindEmulator()!, program, .. listed.Arguments],
            listed.Stdin,
            scratch.FullName);

        Assert.Equal(theirs.Output, ours.Output);
        Assert.Equal(theirs.Status, ours.Status);
    }

    private static (string Program, Run Run) Find(string guest, string run)
    {
        var found = Read().Single(candidate => candidate.Name == guest);
        return (Path.Combine(Path.GetDirectoryName(Repository.Manifest)!, found.File),
            found.Runs.Single(candidate => candidate.Name == run));
    }

    private static Guest[] Read() =>
        JsonSerializer.Deserialize<Guest[]>(File.ReadAllText(Repository.Manifest), Options)!;

    private static string? FindEmulator() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(directory => Path.Combine(directory, Emulator))
        .FirstOrDefault(File.Exists);

    private sealed record Guest(string Name, string File, Run[] Runs);

    private sealed record Run(string Name, string[] Arguments, string ExpectedOutput, int Exit)
    {
        public Dictionary<string, string> Environment { get; init; } = [];

        public string Stdin { get; init; } = "";
    }
}
