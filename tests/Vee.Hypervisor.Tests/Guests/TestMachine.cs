using System.Text;
using Vee.Hypervisor.Guests;
using Vee.Machines.Linux;

namespace Vee.Hypervisor.Tests.Guests;

/// <summary>Machines with the guests of the repository.</summary>
internal static class TestMachine
{
    public const long BytesOfMemory = 64 << 20;

    public static MachineGuest Guest(
        string program, IConsole console, uint address = 0, int harts = 1, long slice = long.MaxValue,
        params string[] arguments) =>
        InQuanta(MachineGuest.QuantumDefault, program, console, address, harts, slice, arguments);

    public static MachineGuest InQuanta(
        long quantum, string program, IConsole console, uint address = 0, int harts = 1,
        long slice = long.MaxValue, params string[] arguments) => new(
            address,
            (network, disk) => ProcessMachine.TryCreate(
                Program(program),
                new ProcessOptions
                {
                    Arguments = [Path.GetFileName(program), .. arguments],
                    MemoryBytes = BytesOfMemory,
                    HartCount = harts,
                    Network = network,
                    Disk = disk,
                    NetworkAddress = address == 0 ? 0x0A000002 : address,
                },
                console, out var refusal) ?? throw new InvalidOperationException(refusal),
            quantum, slice);

    /// <summary>A program's bytes.</summary>
    /// <param name="program">Its path from <c>guests</c>.</param>
    public static byte[] Program(string program) => File.ReadAllBytes(Path.Combine(Root(), "guests", program));

    /// <summary>A machine with a program of the tests.</summary>
    public static MachineGuest Of(string program, TestConsole console, int harts, long slice = long.MaxValue) =>
        Guest($"../tests/Vee.Hypervisor.Tests/Guests/Programs/{program}", console, harts: harts, slice: slice);

    public static uint Address(byte last) => 0x0A000000u | last;

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "vee-operator.sln")))
        {
            directory = directory.Parent!;
        }

        return directory.FullName;
    }
}

/// <summary>Keeps what is printed; there is no input.</summary>
internal sealed class TestConsole : IConsole
{
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();

    /// <summary>What was printed on stdout.</summary>
    public string Output => output.ToString();

    /// <summary>What was printed on stderr.</summary>
    public string Errors => errors.ToString();

    public (int Columns, int Rows) Size => (80, 24);

    public bool HasInput => true;

    public bool IsTerminal(int stream) => false;

    public ConsoleRead Read(Span<byte> destination, out int count)
    {
        count = 0;
        return ConsoleRead.End;
    }

    public ConsoleWrite Write(int stream, ReadOnlySpan<byte> source, out int count)
    {
        count = source.Length;
        (stream == 1 ? output : errors).Append(Encoding.UTF8.GetString(source));

        return ConsoleWrite.Done;
    }
}
