using Vee.Machines.Linux;
using Vee.Machines.Tests.Linux.Files;
using Xunit;

namespace Vee.Machines.Tests.Linux;

/// <summary>Arguments, environment and program path: one character per byte, whatever the bytes are.</summary>
public sealed class ProgramTextTests
{
    private static readonly string EveryByte = string.Concat(Enumerable.Range(1, 255).Select(value => (char)value));

    private static ProcessOptions Options => new()
    {
        Arguments = ["program", EveryByte, ""],
        Environment = [$"A={EveryByte}"],
        ProgramPath = "/caf\u00e9",
    };

    [Fact]
    public void Every_byte_is_found_in_the_process_directory()
    {
        using var linux = new LinuxHarness(Options);

        Assert.Equal($"program\0{EveryByte}\0\0", linux.Get("/proc/self/cmdline"));
        Assert.Equal($"A={EveryByte}\0", linux.Get("/proc/self/environ"));
        Assert.Equal("caf\u00e9\n", linux.Get("/proc/self/comm"));
    }

    [Fact]
    public void Every_byte_survives_saving_and_restoring()
    {
        var program = GuestRun.Program("hello");
        using var machine = ProcessMachine.TryCreate(program, Options, new TestConsole { Ended = true }, out _)!;
        using var restored = GuestRun.Restore(MemoryState.Of(machine), new TestConsole { Ended = true });

        Assert.Equal(Options.Arguments, restored.Options.Arguments);
        Assert.Equal(Options.Environment, restored.Options.Environment);
        Assert.Equal(Options.ProgramPath, restored.Options.ProgramPath);
    }

    [Fact]
    public void Longest_arguments_survive_saving_and_restoring()
    {
        var options = new ProcessOptions { Arguments = ["program", new string('\xff', 2_000_000)] };
        var program = GuestRun.Program("hello");
        using var machine = ProcessMachine.TryCreate(program, options, new TestConsole { Ended = true }, out _)!;
        using var restored = GuestRun.Restore(MemoryState.Of(machine), new TestConsole { Ended = true });

        Assert.Equal(options.Arguments, restored.Options.Arguments);
    }

    [Fact]
    public void Guest_prints_the_bytes_of_its_arguments()
    {
        var console = new TestConsole { Ended = true };
        using var machine = GuestRun.Create("hello", [EveryByte], console);

        GuestRun.ToEnd(machine);

        Assert.Contains(EveryByte, console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Character_that_is_no_byte_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new ProcessOptions { Arguments = ["\u0100"] });
        Assert.Throws<ArgumentException>(() => new ProcessOptions { Arguments = [], Environment = ["A=\u20ac"] });
        Assert.Throws<ArgumentException>(() => new ProcessOptions { Arguments = [], ProgramPath = "/\ufffd" });
    }
}
