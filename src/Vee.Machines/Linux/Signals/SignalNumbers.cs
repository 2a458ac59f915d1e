namespace Vee.Machines.Linux.Signals;

/// <summary>Signal numbers of riscv64 (asm-generic/signal.h) and what they do by default (signal(7)).</summary>
internal static class SignalNumbers
{
    internal const int Hup = 1;
    internal const int Int = 2;
    internal const int Quit = 3;
    internal const int Ill = 4;
    internal const int Trap = 5;
    internal const int Abort = 6;
    internal const int Bus = 7;
    internal const int Kill = 9;
    internal const int Segv = 11;
    internal const int Pipe = 13;
    internal const int Alarm = 14;
    internal const int Term = 15;
    internal const int Child = 17;
    internal const int Continue = 18;
    internal const int Stop = 19;
    internal const int TerminalStop = 20;
    internal const int TerminalInput = 21;
    internal const int TerminalOutput = 22;
    internal const int Urgent = 23;
    internal const int VirtualAlarm = 26;
    internal const int Profile = 27;
    internal const int WindowChange = 28;

    /// <summary>The highest number; 32 and up are real-time signals.</summary>
    internal const int Max = 64;

    /// <summary>SIGKILL and SIGSTOP: they cannot be blocked, handled or ignored.</summary>
    internal const ulong Unblockable = 1UL << (Kill - 1) | 1UL << (Stop - 1);

    /// <summary>The signals whose default action is to stop the process.</summary>
    internal const ulong Stopping =
        1UL << (Stop - 1) | 1UL << (TerminalStop - 1) | 1UL << (TerminalInput - 1) | 1UL << (TerminalOutput - 1);

    internal static ulong Bit(int number) => 1UL << (number - 1);

    /// <summary>Whether the default action is to stop the process.</summary>
    internal static bool IsStopping(int number) => (Stopping & Bit(number)) != 0;

    /// <summary>Whether the default action is to do nothing; SIGCONT has gone on with the process by then.</summary>
    internal static bool IsIgnoredByDefault(int number) => number is Child or Continue or Urgent or WindowChange;

    /// <summary>The name without SIG, for messages.</summary>
    internal static string Name(int number) => number switch
    {
        Hup => "HUP", Int => "INT", Quit => "QUIT", Ill => "ILL", Trap => "TRAP", Abort => "ABRT", Bus => "BUS",
        8 => "FPE", Kill => "KILL", 10 => "USR1", Segv => "SEGV", 12 => "USR2", Pipe => "PIPE", Alarm => "ALRM",
        Term => "TERM", Child => "CHLD", Continue => "CONT", Stop => "STOP", TerminalStop => "TSTP",
        TerminalInput => "TTIN", TerminalOutput => "TTOU", Urgent => "URG", 24 => "XCPU", 25 => "XFSZ",
        VirtualAlarm => "VTALRM", Profile => "PROF", WindowChange => "WINCH", 29 => "IO", 30 => "PWR", 31 => "SYS",
        _ => $"RT{number - 32}",
    };
}
