using Vee.Machines.Elf;
using Vee.Machines.Harts;
using Vee.Machines.Linux;

namespace Vee.Agent.Guests;

/// <summary>Explains how a machine ended, from the machine as it was left.</summary>
internal static class GuestEnding
{
    private const int Kill = 9;
    private const int MessageCharactersMax = 600;

    internal static GuestEnd Of(ProcessMachine machine, ProcessEnding ending, ReadOnlyMemory<byte> program)
    {
        if (ending.Signal == 0)
        {
            return new GuestEnd(GuestEndReason.Exited, $"The program exited with status {ending.Status}.")
            {
                ExitStatus = ending.Status,
            };
        }

        var signal = ProcessMachine.SignalName(ending.Signal);
        if (ending.Trap is not { } fatal)
        {
            var isFull = ending.Signal == Kill && machine.Memory.PresentPages >= machine.Memory.RamPages;
            var why = isFull ? ": its RAM is full" : "";
            return new GuestEnd(GuestEndReason.Signaled, $"The program was ended by {signal}{why}.")
            {
                Signal = signal,
            };
        }

        var symbol = ElfImage.TryParse(program, out _) is { } image
            ? ElfSymbols.Read(image, machine.LoadBase).Describe(fatal.Pc) ?? ""
            : "";
        var place = symbol.Length == 0 ? $"0x{fatal.Pc:x}" : $"0x{fatal.Pc:x} <{symbol}>";
        var cause = FaultText.Describe(fatal.Trap, machine);
        return new GuestEnd(
            GuestEndReason.Faulted, Cut($"Thread {fatal.Thread} was ended by {signal} at {place}: {cause}."))
        {
            Signal = signal,
            Pc = fatal.Pc,
            Symbol = Cut(symbol),
            Address = IsAccess(fatal.Trap.Cause) ? fatal.Trap.Value : null,
        };
    }

    internal static GuestEnd Deadlock(ProcessMachine machine)
    {
        var threads = string.Join("; ", machine.ListWaitingThreads().Select(thread => thread.Describe()));
        return new GuestEnd(
            GuestEndReason.Deadlocked, Cut($"Every thread waits for something that cannot come: {threads}."));
    }

    internal static GuestEnd Stopped(string message) => new(GuestEndReason.Stopped, message);

    internal static GuestEnd PagesLost(string why) => new(GuestEndReason.Failed, Cut($"It cannot go on: {why}."));

    internal static GuestEnd Failed(Exception failure) => new(
        GuestEndReason.Failed, Cut($"The agent could not go on with it: {failure.GetType().Name}: {failure.Message}"));

    private static bool IsAccess(TrapCause cause) =>
        cause is TrapCause.FetchFault or TrapCause.LoadFault or TrapCause.StoreFault or TrapCause.MisalignedAtomic;

    private static string Cut(string text) =>
        text.Length <= MessageCharactersMax ? text : $"{text[..MessageCharactersMax]}...";
}
