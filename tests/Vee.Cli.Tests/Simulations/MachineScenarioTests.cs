using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Vee.Cli.Simulations;
using Vee.Hypervisor.Scenarios;
using Xunit;

namespace Vee.Cli.Tests.Simulations;

/// <summary>Machines that execute programs, in files.</summary>
public sealed class MachineScenarioTests
{
    private const string Hello = "machine: {program: 'builtin:hello'}";

    [Fact]
    public void Every_field_is_read()
    {
        var guest = Good(
            "weight: 512, cap: 50, affinity: [0, 1], machine: {program: 'builtin:threads', args: ['--all', 'ä', ''], "
                + "env: [{name: LANG, value: C}, {name: EMPTY}], harts: 2, memory: 64Mi, address: 10.0.0.1}")
            .Hosts[0].Guests[0];

        var machine = Assert.IsType<MachineLoad>(guest.Load);
        Assert.Equal("builtin:threads", machine.Program.Name);
        Assert.Equal(["--all", "\u00c3\u00a4", ""], machine.Arguments);
        Assert.Equal(["LANG=C", "EMPTY="], machine.Environment);
        Assert.Equal((2, 64L << 20, 0x0A000001u), (machine.Harts, machine.Memory, machine.Address));
        Assert.Equal((2, 512, 50), (guest.VcpuCount, guest.Share.Weight, guest.Share.CapPercent));
        Assert.Equal([[0], [1]], guest.Share.Affinity!);
        var plain = Assert.IsType<MachineLoad>(Good(Hello).Hosts[0].Guests[0].Load);
        Assert.Equal((1, 256L << 20, null), (plain.Harts, plain.Memory, plain.Address));
    }

    [Theory]
    [InlineData("machine: {}", "machine.program: is missing")]
    [InlineData("machine: {program: 5}", "machine.program: must be builtin:NAME, or the path of a program, not '5'")]
    [InlineData("machine: {program: 'builtin:doom'}",
        "spec.hosts[0].guests[0].machine.program: there is no builtin program 'doom'; there are hello, journal,")]
    [InlineData("machine: {program: bin/none}", "program: there is no file 'bin/none': write a path that begins where")]
    [InlineData("machine: {program: .}", "machine.program: '.' is a directory: name a program in it")]
    [InlineData("machine: {program: /dev/null}", "machine.program: '/dev/null' is empty or no file")]
    [InlineData("machine: {program: README.md}", "program: 'README.md' cannot be run: not an ELF file; a static")]
    [InlineData("machine: {program: 'builtin:hello', memory: 1k}", "machine.memory: '1k' is impossible")]
    [InlineData("machine: {program: 'builtin:hello', memory: 8Gi}",
        "guests: have 8589934592 bytes of memory together, the host has 4294967296")]
    [InlineData("machine: {program: 'builtin:hello', harts: 65}", "harts: must be a whole number from 1 to 64")]
    [InlineData("machine: {program: 'builtin:hello', args: [5]}", "machine.args[0]: must be an argument, not '5'")]
    [InlineData("machine: {program: 'builtin:hello', args: x}", "machine.args: must be a list, not 'x'")]
    [InlineData("machine: {program: 'builtin:hello', args: [\"a\\0\"]}", "machine.args[0]: must have at most 4096")]
    [InlineData("machine: {program: 'builtin:hello', env: [{value: x}]}", "machine.env[0].name: is missing")]
    [InlineData("machine: {program: 'builtin:hello', env: [{name: ''}]}", "machine.env[0].name: is empty")]
    [InlineData("machine: {program: 'builtin:hello', env: [{name: A=B}]}", "env[0].name: must have at most 4096")]
    [InlineData("machine: {program: 'builtin:hello', address: x}", "machine.address: must be an IPv4 address")]
    [InlineData("machine: {program: 'builtin:hello', root: /}", "machine.root: there is no such field")]
    [InlineData("vcpus: 2, " + Hello, "guests[0].vcpus: means nothing for a machine, whose vCPUs are its harts")]
    [InlineData("count: 2, machine: {program: 'builtin:hello', address: 10.0.0.1}",
        "guests[0].count: means nothing for a machine with an address")]
    [InlineData("affinity: [0, 1], " + Hello, "guests[0].affinity: has 2 items for 1 vCPUs")]
    [InlineData("memory: {footprint: 4Ki, writes: 1/s}, " + Hello, "the memory of a machine is machine.memory")]
    [InlineData("count: 65, machine: {program: 'builtin:hello', memory: 1Mi}",
        "spec: has 65 machines, at most 64 are possible")]
    public void What_is_wrong_is_told(string guest, string defect) =>
        Assert.Contains(
            ScenarioYaml.Defects(ScenarioYaml.WithGuest($"{{name: g, {guest}}}")),
            line => line.Contains(defect, StringComparison.Ordinal));

    [Fact]
    public void A_program_that_exits_says_so_and_what_it_wrote_is_known_by_its_digest()
    {
        var machine = Run("machine: {program: 'builtin:hello', args: [one]}");

        Assert.Equal("exited", Fact(machine, FigureNames.State));
        Assert.Equal(0, machine[FigureNames.ExitStatus]);
        Assert.InRange(machine[FigureNames.EndedAt]!.Value, 0.001, 10);
        Assert.InRange(machine[FigureNames.Instructions]!.Value, 1_000, 1_000_000);
        var text = "Hello, world, from a riscv64 program on Linux.\nargc = 2\nargv[0] = hello\nargv[1] = one\n";
        Assert.Equal(text.Length, machine[FigureNames.ConsoleBytes]);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))),
            Fact(machine, FigureNames.ConsoleSha256));
    }

    [Fact]
    public void A_program_that_serves_still_runs_and_has_no_end()
    {
        var machine = Run("machine: {program: 'builtin:kvstore', address: 10.0.0.1}");

        Assert.Equal("running", Fact(machine, FigureNames.State));
        Assert.Null(machine[FigureNames.ExitStatus]);
        Assert.Null(machine[FigureNames.EndedAt]);
    }

    [Fact]
    public void A_program_that_waits_for_itself_is_deadlocked_and_one_with_a_fault_is_signalled()
    {
        using var scratch = new ScratchDirectory();
        scratch.Write("stuck", TinyProgram.Deadlock());
        scratch.Write("wrong", TinyProgram.Illegal());

        var stuck = Run("machine: {program: stuck}", scratch.FullName);
        Assert.Equal("deadlocked", Fact(stuck, FigureNames.State));
        Assert.Null(stuck[FigureNames.EndedAt]);
        Assert.Equal(7, stuck[FigureNames.Instructions]);
        var wrong = Run("machine: {program: wrong}", scratch.FullName);
        Assert.Equal("signalled", Fact(wrong, FigureNames.State));
        // SIGILL.
        Assert.Equal(132, wrong[FigureNames.ExitStatus]);
        Assert.Equal(
            (0, Convert.ToHexStringLower(SHA256.HashData([]))),
            (wrong[FigureNames.ConsoleBytes], Fact(wrong, FigureNames.ConsoleSha256)));
    }

    /// <summary>It ends within the quantum that is executed when the simulation ends, and so later.</summary>
    [Fact]
    public void Who_ends_after_the_simulation_has_not_ended()
    {
        var ended = Run(Hello)[FigureNames.EndedAt]!.Value;
        var before = (long)(ended * 1_000_000) - 1_000;

        var machine = Assert.Single(Execute(
            Good(Hello) with { Duration = before }).Of(SubjectKind.Machine));
        Assert.Equal("running", Fact(machine, FigureNames.State));
        Assert.Null(machine[FigureNames.EndedAt]);
        machine = Assert.Single(Execute(
            Good(Hello) with { Duration = before + 2_000 }).Of(SubjectKind.Machine));
        Assert.Equal("exited", Fact(machine, FigureNames.State));
        Assert.Equal(ended, machine[FigureNames.EndedAt]);
    }

    [Fact]
    public void A_machine_waits_for_its_core_like_others()
    {
        var alone = Run("machine: {program: 'builtin:writer', args: ['--memory', 4M, '--rounds', '400']}");
        var text = ScenarioYaml.WithGuest(
            "{name: g, count: 4, machine: {program: 'builtin:writer', args: ['--memory', 4M, '--rounds', '400']}}");
        var result = Execute(ScenarioYaml.Good(text) with { Duration = 10_000_000_000 });

        // Four on two cores, which take turns.
        var ends = result.Of(SubjectKind.Machine).Select(machine => machine[FigureNames.EndedAt]!.Value).ToList();
        Assert.Equal(2 * alone[FigureNames.EndedAt]!.Value, ends.Max(), 0.1 * ends.Max());
        Assert.All(result.Of(SubjectKind.Guest), guest => Assert.Equal(
            alone[FigureNames.EndedAt]!.Value, guest[FigureNames.CpuTime]!.Value, 1.0));
        Assert.True(result.Of(SubjectKind.Guest).Sum(guest => guest[FigureNames.StealTime]) > 0);
        Assert.Single(result.Of(SubjectKind.Machine).Select(machine => Fact(machine, FigureNames.ConsoleSha256))
            .Distinct());
    }

    [Fact]
    public void A_server_behind_a_guest_that_computes_is_asked_over_a_link()
    {
        var text = File.ReadAllText(
            Path.Combine(Repository.Root, "config", "experiments", "probe.yaml"), Encoding.UTF8);
        var credit = Execute(ScenarioYaml.Good(text)).Of(SubjectKind.Probe).ToList();
        var queue = Execute(ScenarioYaml.Good(text.Replace(
            "policy: credit", "policy: first-come, slice: 30ms", StringComparison.Ordinal)))
            .Of(SubjectKind.Probe).ToList();

        Assert.Equal(credit[0][FigureNames.Sent], credit[0][FigureNames.Answered]);
        Assert.Equal(0, credit[0][FigureNames.ConnectionsRefused] + credit[0][FigureNames.ConnectionsBroken]);
        Assert.InRange(credit[0][FigureNames.Percentile(FigureNames.Response, 50)]!.Value, 0.1, 0.12);
        Assert.InRange(credit[0][FigureNames.Max(FigureNames.Response)]!.Value, 0.1, 1.2);
        Assert.InRange(queue[0][FigureNames.Mean(FigureNames.Response)]!.Value, 20, 40);
        Assert.All([credit[1], queue[1]], pinger => Assert.Equal(
            0.105, pinger[FigureNames.Mean(FigureNames.Response)]!.Value, 0.001));
    }

    [Fact]
    public void A_machine_that_has_ended_refuses_connections()
    {
        var text = ScenarioYaml.WithGuest(
            "{name: g, machine: {program: 'builtin:hello', address: 10.0.0.1}}").TrimEnd('\n')
            + "\n    - {name: p, tcpProbe: {address: 10.0.0.2, target: '10.0.0.1:80', interval: 10ms}}\n";
        var probe = Assert.Single(Execute(ScenarioYaml.Good(text)).Of(SubjectKind.Probe));

        Assert.InRange(probe[FigureNames.ConnectionsRefused]!.Value, 40, 50);
        Assert.Equal(0, probe[FigureNames.Answered]);
    }

    [Fact]
    public async Task The_same_file_and_seeds_give_the_same_bytes_with_the_digests_of_programs()
    {
        using var scratch = new ScratchDirectory();
        var bytes = await File.ReadAllBytesAsync(
            Path.Combine(Repository.Root, "guests", "bin", "threads"), TestContext.Current.CancellationToken);
        scratch.Write("program", bytes);
        var file = scratch.Write("s.yaml", Encoding.UTF8.GetBytes(ScenarioYaml.WithGuest(
            "{name: g, count: 2, machine: {program: program, harts: 2}}")));

        var first = await VeeProcess.RunAsync("sim", file, "--seeds", "3", "-o", "json");
        var second = await VeeProcess.RunAsync(
            "/usr/bin/env", ["DOTNET_PROCESSOR_COUNT=1", Repository.Vee, "sim", file, "--seeds=3", "-o", "json"], "");
        var table = await VeeProcess.RunAsync("sim", file, "--seeds", "1");

        Assert.True(first.Status == 0, first.Error);
        Assert.Equal(first, second);
        Assert.Contains("exited", table.Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(first.Output);
        var program = Assert.Single(
            json.RootElement.GetProperty("scenario").GetProperty("programs").EnumerateArray());
        Assert.Equal("program", program.GetProperty("name").GetString());
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(bytes)), program.GetProperty("sha256").GetString());
        var machine = json.RootElement.GetProperty("runs")[2].GetProperty("machines")[1];
        Assert.Equal(("g-1", "exited", 0), (
            machine.GetProperty("guest").GetString(), machine.GetProperty("state").GetString(),
            machine.GetProperty("exitStatus").GetInt32()));
        Assert.Equal("exited", json.RootElement.GetProperty("summary").GetProperty("machines")[0]
            .GetProperty("state").GetString());
    }

    private static string? Fact(Measurement measurement, string name) =>
        measurement.Facts.Single(fact => fact.Name == name).Value;

    private static Scenario Good(string guest) =>
        ScenarioYaml.Good(ScenarioYaml.WithGuest($"{{name: g, {guest}}}"));

    private static Measurement Run(string guest, string? directory = null)
    {
        var read = SimulationFile.Read(
            Encoding.UTF8.GetBytes(ScenarioYaml.WithGuest($"{{name: g, {guest}}}")), directory ?? Repository.Root);
        Assert.True(read.Value is not null, string.Join('\n', read.Defects));
        return Assert.Single(Execute(read.Value with { Duration = 10_000_000_000 }).Of(SubjectKind.Machine));
    }

    private static SimulationResult Execute(Scenario scenario) =>
        ScenarioRun.Execute(scenario, 1, null, TestContext.Current.CancellationToken);
}
