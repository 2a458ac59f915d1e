using System.Runtime.InteropServices;

namespace Vee.Cli.Terminals;

/// <summary>The terminal that we were started on: how it treats keys, and how large it is.</summary>
/// <remarks>Source: termios(3), tty_ioctl(4), asm-generic/termbits.h of Linux.</remarks>
internal sealed class Terminal : IDisposable
{
    // struct termios: four words of flags, the line discipline, then the control characters. Some room to be safe.
    private const int SettingsBytes = 256;
    private const int ControlCharactersOffset = 17;
    private const int EndOfLineIndex = 11; // VEOL

    private const int ApplyNow = 0; // TCSANOW
    private const nuint GetWindowSize = 0x5413; // TIOCGWINSZ
    private const int SizeMax = 10_000;

    private readonly int descriptor;
    private readonly byte[] before;
    private readonly byte[] during;
    private readonly List<PosixSignalRegistration> registrations = [];

    private Terminal(int descriptor, byte[] before, byte[] during)
    {
        this.descriptor = descriptor;
        this.before = before;
        this.during = during;
    }

    /// <summary>
    /// Every key goes on at once and as it is, and nothing is shown that does not come from elsewhere.
    /// </summary>
    /// <returns>Restores the terminal when disposed; null when the descriptor is no terminal.</returns>
    internal static Terminal? SetRaw(int descriptor) => Set(descriptor, settings =>
        MakeRaw(ref MemoryMarshal.GetArrayDataReference(settings)));

    /// <summary>As before, line by line, except that one more key ends a line.</summary>
    /// <returns>Restores the terminal when disposed; null when the descriptor is no terminal.</returns>
    internal static Terminal? SetEndOfLine(int descriptor, byte key) => Set(descriptor, settings =>
        settings[ControlCharactersOffset + EndOfLineIndex] = key);

    /// <summary>Whether there is a terminal.</summary>
    internal static bool IsTerminal(int descriptor) =>
        GetSettings(descriptor, ref MemoryMarshal.GetArrayDataReference(new byte[SettingsBytes])) == 0;

    /// <summary>Columns and rows; null when it is no terminal or does not know.</summary>
    internal static (int Columns, int Rows)? SizeOf(int descriptor)
    {
        var size = default(WindowSize);
        return Control(descriptor, GetWindowSize, ref size) == 0
            && size is { Columns: > 0 and <= SizeMax, Rows: > 0 and <= SizeMax }
                ? (size.Columns, size.Rows)
                : null;
    }

    /// <summary>Tells of each change of a terminal's size.</summary>
    /// <returns>Ends that when disposed.</returns>
    internal static PosixSignalRegistration OnResize(Action resized) =>
        PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => resized());

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        Apply(before);
    }

    private static Terminal? Set(int descriptor, Action<byte[]> change)
    {
        var settings = new byte[SettingsBytes];
        if (GetSettings(descriptor, ref MemoryMarshal.GetArrayDataReference(settings)) != 0)
        {
            return null;
        }

        var changed = (byte[])settings.Clone();
        change(changed);
        var terminal = new Terminal(descriptor, settings, changed);
        terminal.Enter();
        return terminal;
    }

    /// <summary>Whoever ends or stops us gets the terminal back as it was.</summary>
    private void Enter()
    {
        PosixSignal[] ends = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
        foreach (var signal in ends)
        {
            // Not cancelled: what the signal does otherwise, it does afterwards.
            registrations.Add(PosixSignalRegistration.Create(signal, _ => Apply(before)));
        }

        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, _ => Apply(before)));
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => Apply(during)));
        Apply(during);
    }

    private void Apply(byte[] settings) =>
        _ = SetSettings(descriptor, ApplyNow, in MemoryMarshal.GetArrayDataReference(settings));

    [DllImport("libc", EntryPoint = "tcgetattr")]
    private static extern int GetSettings(int descriptor, ref byte settings);

    [DllImport("libc", EntryPoint = "tcsetattr")]
    private static extern int SetSettings(int descriptor, int when, in byte settings);

    [DllImport("libc", EntryPoint = "cfmakeraw")]
    private static extern void MakeRaw(ref byte settings);

    [DllImport("libc", EntryPoint = "ioctl")]
    private static extern int Control(int descriptor, nuint request, ref WindowSize size);

    /// <summary>struct winsize.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        internal ushort Rows;
        internal ushort Columns;
        internal ushort WidthPixels;
        internal ushort HeightPixels;
    }
}
