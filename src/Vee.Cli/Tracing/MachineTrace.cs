using System.Globalization;
using Vee.Cli.Terminals;
using Vee.Machines.Elf;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Linux;

namespace Vee.Cli.Tracing;

/// <summary>
/// Writes a line per instruction: thread, pc, symbol, encoding, disassembly and the register that it changed; and a
/// line per system call when it returns.
/// </summary>
/// <remarks>
/// The machine says only what is about to be executed, so a line is completed when the next thing happens. A register
/// is shown if the thread then stands behind the instruction: after a fault or on entry to a signal handler it does
/// not, and what the register holds is no result of the instruction.
/// </remarks>
internal sealed class MachineTrace : IDisposable
{
    private const int DecodedMax = 100_000;
    private const int SymbolWidth = 28;
    private const int TextWidth = 28;

    private readonly ProcessMachine machine;
    private readonly ElfSymbols symbols;
    private readonly TraceFile file;
    private readonly TextWriter messages;
    private readonly Dictionary<ulong, TracedInstruction> decoded = [];
    private TracedInstruction? pending;
    private int pendingThread;

    private MachineTrace(ProcessMachine machine, ElfSymbols symbols, TraceFile file, TextWriter messages)
    {
        this.machine = machine;
        this.symbols = symbols;
        this.file = file;
        this.messages = messages;
        machine.InstructionObserver = BeforeInstruction;
        machine.SystemCallObserver = AfterCall;
    }

    /// <summary>Starts to follow a machine.</summary>
    /// <param name="machine">The machine, before it runs.</param>
    /// <param name="symbols">Names for its addresses.</param>
    /// <param name="path">A file, replaced if it exists; <c>-</c> for stderr.</param>
    /// <param name="streams">Our streams.</param>
    /// <param name="refusal">Why the file cannot be written; empty when it can.</param>
    internal static MachineTrace? TryStart(
        ProcessMachine machine, ElfSymbols symbols, string path, StandardStreams streams, out string refusal)
    {
        refusal = "";
        try
        {
            var target = path == "-"
                ? new TraceFile(streams.ErrorStream, isOwned: false)
                : new TraceFile(
                    new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 0), isOwned: true);
            return new MachineTrace(machine, symbols, target, streams.Error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            refusal = $"--trace '{path}' cannot be written: {error.Message}";
            return null;
        }
    }

    /// <summary>Completes the trace.</summary>
    public void Dispose()
    {
        machine.InstructionObserver = null;
        machine.SystemCallObserver = null;
        Complete();
        file.Dispose();
        if (file.Failure is { } failure)
        {
            messages.WriteLine($"vee: the trace is incomplete: {failure}");
        }
    }

    private void BeforeInstruction(int thread, Hart hart)
    {
        Complete();
        pendingThread = thread;
        pending = Decode(hart.Pc);
    }

    private void AfterCall(SystemCallRecord call)
    {
        Complete();
        file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{call.Thread,5}  {call.Text}"));
    }

    private void Complete()
    {
        if (pending is not { } instruction)
        {
            return;
        }

        pending = null;
        var line = string.Create(CultureInfo.InvariantCulture, $"{pendingThread,5}  {instruction.Line}");
        var change = instruction.HasResult ? Result(instruction) : "";
        file.WriteLine(change.Length == 0 ? line.TrimEnd() : $"{line}{change}");
    }

    private string Result(TracedInstruction instruction)
    {
        var isThere = machine.TryReadRegister(
            pendingThread, instruction.IsFloatResult, instruction.Result, out var pc, out var value);
        if (instruction.IsJump)
        {
            value = instruction.NextPc;
        }
        else if (!isThere || pc != instruction.NextPc)
        {
            return "";
        }

        var name = instruction.IsFloatResult
            ? RegisterNames.F(instruction.Result)
            : RegisterNames.X(instruction.Result);
        return $"{name}=0x{value:x}";
    }

    private TracedInstruction Decode(ulong pc)
    {
        if (!machine.TryReadInstruction(pc, out var encoding))
        {
            return new TracedInstruction { Line = $"{pc:x16}  (cannot be fetched)" };
        }

        if (decoded.TryGetValue(pc, out var known) && known.Encoding == encoding)
        {
            return known;
        }

        if (decoded.Count >= DecodedMax)
        {
            decoded.Clear();
        }

        var traced = TracedInstruction.Create(pc, encoding, symbols.Describe(pc) ?? "", SymbolWidth, TextWidth);
        decoded[pc] = traced;
        return traced;
    }
}
