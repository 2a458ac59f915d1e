using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Vee.Cli.Output;
using Vee.Cli.Running;
using Vee.Cli.Terminals;
using Vee.Machines.Linux;

namespace Vee.Cli.Commands;

/// <summary><c>vee run</c>: one program on one machine, like a user-mode emulator.</summary>
internal sealed class RunCommand
{
    private const ulong MemoryMin = 1UL << 20;
    private const ulong MemoryDefault = 256UL << 20;
    private const ulong MemoryMax = 128UL << 30;

    private const string Description = """
        Runs a static or dynamically linked RISC-V (RV64GC) Linux program.

        Everything after PROGRAM belongs to the guest, options included. The exit status is the guest's; 128 plus the
        signal when a signal ended it; 126 when PROGRAM cannot be run, 127 when it is not found, 2 when this command
        line is wrong, 1 when every thread waits for something that cannot come.

        The guest sees virtual time only, which passes as fast as it can: sleeping takes no wall time unless the guest
        also waits for input from a terminal or a silent pipe. Equal programs, options and input from a file give
        equal runs.
        """;

    private readonly Option<int?> harts = new("--harts")
    {
        Description = "Hardware threads, 1 to 64. Default: 1.",
        HelpName = "N",
    };

    private readonly Option<ulong?> memory = new("--memory")
    {
        Description = "RAM, such as 64M, 1G or 262144K; from 1M to 128G. Default: 256M.",
        HelpName = "SIZE",
    };

    private readonly Option<ulong?> seed = new("--seed")
    {
        Description = "Seed of everything that is random to the guest. Default: 1.",
        HelpName = "N",
    };

    private readonly Option<string?> root = new("--root")
    {
        Description = "A directory of this computer that becomes the guest's root; the guest's changes stay in its "
            + "memory. PROGRAM is then looked for in it first.",
        HelpName = "DIR",
    };

    private readonly Option<string[]> environment = new("--env")
    {
        Description = "An environment variable; can be repeated. The guest gets these, PATH, HOME and, on a terminal, "
            + "TERM: nothing else of this environment.",
        HelpName = "K=V",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<bool> statistics = new("--stats")
    {
        Description = "Print counters on stderr at the end.",
    };

    private readonly OutputOption output = new();

    private readonly Option<string?> trace = new("--trace")
    {
        Description = "Write a line per instruction and system call to FILE, or to stderr for '-'. About a "
            + "hundred times slower.",
        HelpName = "FILE",
    };

    private readonly Option<bool> parallel = new("--parallel")
    {
        Description = "Run each hart on a thread of its own: faster with several harts, but no longer reproducible.",
    };

    private readonly Argument<string> program = new("PROGRAM") { Description = "The ELF file to run." };

    private readonly Argument<string[]> arguments = new("ARGS")
    {
        Description = "The guest's arguments.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly StandardStreams streams;
    private IReadOnlyList<string> guestArguments = [];

    internal RunCommand(StandardStreams streams)
    {
        this.streams = streams;
        memory.CustomParser = ParseMemory;
        harts.CustomParser = result => Numbers.Parse(result, "--harts", 1, 64);
        seed.CustomParser = result => Numbers.Parse(result, "--seed", 0, ulong.MaxValue);
        environment.Validators.Add(result => Require(
            result,
            result.Tokens.All(token => token.Value.IndexOf('=', StringComparison.Ordinal) > 0),
            "--env must be NAME=value."));
        Command = new Command("run", Description)
        {
            harts, memory, seed, root, environment, statistics, output, trace, parallel, program, arguments,
        };
        Command.SetAction(Run);
    }

    internal Command Command { get; }

    /// <summary>
    /// Takes what follows PROGRAM out of the command line, so that the parser cannot mistake it for ours: a guest's
    /// <c>--help</c>, <c>--</c>, <c>@file</c> or empty argument is none of our business.
    /// </summary>
    /// <param name="all">The whole command line.</param>
    /// <param name="unknown">An option that does not exist; the parser would take it for PROGRAM.</param>
    /// <returns>What is ours, PROGRAM included.</returns>
    internal IReadOnlyList<string> TakeGuestArguments(string[] all, out string? unknown)
    {
        unknown = null;
        if (all is not ["run", ..])
        {
            return all;
        }

        var index = 1;
        while (index < all.Length && all[index] is ['-', _, ..] and not "--")
        {
            var token = all[index];
            var option = Find(token);
            unknown ??= option is null ? token : null;
            index += option is not null && IsNamed(option, token) && TakesValue(option) ? 2 : 1;
        }

        var hasSeparator = index < all.Length && all[index] == "--";
        var programIndex = hasSeparator ? index + 1 : index;
        if (programIndex >= all.Length)
        {
            return all[..Math.Min(index, all.Length)];
        }

        guestArguments = all[(programIndex + 1)..];
        return [.. all[..index], "--", all[programIndex]];
    }

    private static bool TakesValue(Option option) => option.ValueType != typeof(bool) && option is not HelpOption;

    private Option? Find(string token)
    {
        var end = token.AsSpan().IndexOfAny('=', ':');
        var name = end < 0 ? token : token[..end];
        return name is "--help" or "-h" or "-?"
            ? new HelpOption()
            : Command.Options.FirstOrDefault(option => IsNamed(option, name));
    }

    private static bool IsNamed(Option option, string name) => option.Name == name || option.Aliases.Contains(name);

    private static ulong? ParseMemory(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        Require(
            result,
            ByteSize.TryParse(text, out var bytes) && bytes is >= MemoryMin and <= MemoryMax,
            $"--memory '{text}' must be a size from 1M to 128G, such as 64M or 1G.");
        return bytes;
    }

    private static void Require(SymbolResult result, bool isRight, string message)
    {
        if (!isRight)
        {
            result.AddError(message);
        }
    }

    private int Run(ParseResult parsed)
    {
        var settings = new RunSettings
        {
            Program = parsed.GetRequiredValue(program),
            Arguments = guestArguments,
            HartCount = parsed.GetValue(harts) ?? 1,
            MemoryBytes = parsed.GetValue(memory) ?? MemoryDefault,
            Seed = parsed.GetValue(seed) ?? 1,
            Root = GuestText.ToHostOrNull(parsed.GetValue(root)),
            Environment = parsed.GetValue(environment) ?? [],
            IsStatisticsWanted = parsed.GetValue(statistics),
            StatisticsFormat = output.Of(parsed),
            TraceFile = GuestText.ToHostOrNull(parsed.GetValue(trace)),
            IsParallel = parsed.GetValue(parallel),
        };
        return new MachineRun(settings, streams, TimeProvider.System).Execute();
    }
}
