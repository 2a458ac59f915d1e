using System.CommandLine;
using System.Globalization;
using k8s.Models;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;
using Vee.Cli.Cluster;
using Vee.Cli.Output;
using Vee.Cli.Reports;
using Vee.Cli.Terminals;

namespace Vee.Cli.Commands.Machines;

/// <summary><c>vee migrate</c>: moves a machine to another host while its program runs.</summary>
internal sealed class MigrateCommand
{
    private const string ClearLine = "\r\e[K";

    /// <summary>Characters of the machine's name that the migration's begins with: the server completes it.</summary>
    private const int NameLengthMax = 50;

    private static readonly TimeSpan WaitDefault = TimeSpan.FromHours(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    private readonly Argument<string> name = MachineName.One();
    private readonly Option<string?> to = NameOption("--to", "HOST", "The SimulatedHost. Default: any that fits.");
    private readonly Option<string?> policy = NameOption(
        "--policy", "POLICY", "The MigrationPolicy that says how. Default: the one that selects the machine.");

    private readonly Option<bool> wait = new("--wait")
    {
        Description = "Show how it goes until it is over; the exit status says whether the machine has moved.",
    };

    private readonly Option<string?> page = new("--report")
    {
        Description = "With --wait: write what came of it as a page, with pictures.",
        HelpName = "FILE.html",
    };

    private readonly OutputOption output = new();

    private readonly ClusterArguments cluster = new(
        "What a request may take; with --wait, how long is waited. Default: 30s; with --wait 1h.");

    private readonly StandardStreams streams;
    private readonly TimeProvider time;
    private readonly VerbRun runner;

    internal MigrateCommand(StandardStreams streams, TimeProvider time)
    {
        this.streams = streams;
        this.time = time;
        runner = new VerbRun("migrate", streams);
        Command = new Command("migrate", "Moves a machine to another host while its program runs.")
        {
            name, to, policy, wait, page, output,
        };
        Command.Validators.Add(result =>
        {
            if (result.GetValue(page) is not null && !result.GetValue(wait))
            {
                result.AddError("--report needs --wait: there is nothing to report before it is over.");
            }
        });
        cluster.AddTo(Command);
        Command.SetAction((parsed, cancellation) => runner.RunAsync(() => RunAsync(parsed, cancellation)));
    }

    internal Command Command { get; }

    private static Option<string?> NameOption(string option, string placeholder, string description)
    {
        var made = new Option<string?>(option) { Description = description, HelpName = placeholder };
        made.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !ObjectName.IsValid(text))
            {
                result.AddError($"{option} '{text}' {ObjectName.Rule}.");
            }
        });
        return made;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var target = cluster.Read(parsed);
        var isWaiting = parsed.GetValue(wait);
        using var access = ClusterAccess.Open(isWaiting ? target with { Timeout = null } : target, time);
        var machine = await access.GetMachineAsync(parsed.GetValue(name)!, cancellation);
        var migration = await access.CreateMigrationAsync(
            Ask(machine, parsed.GetValue(to), parsed.GetValue(policy)), cancellation);
        if (isWaiting)
        {
            migration = await FollowAsync(access, migration, target.Timeout ?? WaitDefault, cancellation);
            if (parsed.GetValue(page) is { } file)
            {
                await WritePageAsync(file, migration, cancellation);
            }
        }

        DataWriter.Write(
            streams.Output, output.Of(parsed), MigrationReport.Columns, [MigrationReport.Of(migration)]);
        return !isWaiting || migration.Status?.Phase == MigrationPhases.Succeeded ? 0 : ExitStatus.Failure;
    }

    private static async Task WritePageAsync(
        string file, VirtualMachineMigration migration, CancellationToken cancellation)
    {
        try
        {
            await File.WriteAllTextAsync(file, MigrationPage.Of(migration), cancellation);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"the report cannot be written: {failure.Message}");
        }
    }

    private static VirtualMachineMigration Ask(VirtualMachine machine, string? host, string? policyName) => new()
    {
        Metadata = new V1ObjectMeta
        {
            GenerateName = $"{machine.Metadata.Name[..Math.Min(machine.Metadata.Name.Length, NameLengthMax)]}-",
            NamespaceProperty = machine.Metadata.NamespaceProperty,
        },
        Spec = new VirtualMachineMigrationSpec
        {
            VirtualMachineName = machine.Metadata.Name,
            Target = host is null ? null : new PlacementSpec { HostName = host },
            PolicyName = policyName,
        },
    };

    /// <returns>The migration as last seen: still under way when the time is up, which is said.</returns>
    private async Task<VirtualMachineMigration> FollowAsync(
        ClusterAccess access, VirtualMachineMigration begun, TimeSpan limit, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        var isShown = Terminal.IsTerminal(descriptor: 2);
        var shown = "";
        while (true)
        {
            var now = await access.FindMigrationAsync(begun.Metadata.Name, cancellation)
                ?? throw new CommandFailedException($"the migration '{begun.Metadata.Name}' was deleted meanwhile.");
            var isOver = MigrationPhases.IsFinal(now.Status?.Phase);
            var isLate = time.GetElapsedTime(start) >= limit;
            if (isOver || isLate)
            {
                streams.Error.Write(shown.Length > 0 ? ClearLine : "");
                Conclude(now, isOver ? null : limit);
                return now;
            }

            if (isShown && MigrationProgressText.Of(now) is var text && text != shown)
            {
                streams.Error.Write(ClearLine + text);
                shown = text;
            }

            await Task.Delay(LookAgain, time, cancellation);
        }
    }

    private void Conclude(VirtualMachineMigration migration, TimeSpan? limit)
    {
        var report = MigrationReport.Of(migration);
        if (report.Phase == MigrationPhases.Succeeded)
        {
            return;
        }

        var late = limit is { } after
            ? string.Create(CultureInfo.InvariantCulture, $" after {after.TotalSeconds:0} s") : "";
        runner.Say(
            $"'{report.Machine}' has not moved{late}: {report.Reason ?? "NotSeen"}: "
            + (report.Message ?? "the operator has not seen the migration yet; is it running?"));
    }
}
