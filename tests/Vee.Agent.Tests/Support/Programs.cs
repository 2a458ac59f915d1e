using System.Text;

namespace Vee.Agent.Tests.Support;

/// <summary>Guests that do one thing each.</summary>
internal static class Programs
{
    private const int Read = 63, Write = 64, Poll = 73, Exit = 93, Futex = 98, Sleep = 101, GetTime = 113, Kill = 129;
    private const int SignalAction = 134, Monotonic = 1, Self = 100, Buffer = Program.Data + 0x1000;

    internal static byte[] Exits(int status) => new Program().Call(Exit, status).Build();

    /// <summary>Never waits.</summary>
    internal static byte[] Spins() => new Program().Label("spin").Jump("spin").Build();

    /// <summary>Stores to address 0, in <c>boom</c>.</summary>
    internal static byte[] Crashes() => new Program()
        .Label("main").Jump("boom").Label("boom").Sd(Program.Zero, Program.Zero).Build();

    /// <summary>Waits for a signal, for ever.</summary>
    internal static byte[] Waits() =>
        new Program().Label("wait").Call(Poll, 0, 0, 0, 0).Jump("wait").Build();

    /// <summary>As <see cref="Waits"/>, deaf to SIGTERM.</summary>
    internal static byte[] Defies() => new Program()
        .Put64(0, 1, 0, 0)
        .Call(SignalAction, 15, Program.Data, 0, 8)
        .Label("wait").Call(Poll, 0, 0, 0, 0).Jump("wait").Build();

    /// <summary>Waits for a futex that nobody wakes.</summary>
    internal static byte[] Deadlocks() => new Program().Call(Futex, Program.Data, 0, 0, 0).Build();

    /// <summary>Sends itself SIGSTOP, and exits with 7 when it goes on.</summary>
    internal static byte[] Suspends() => new Program().Call(Kill, Self, 19).Call(Exit, 7).Build();

    /// <summary>Ends itself by SIGABRT.</summary>
    internal static byte[] Aborts() => new Program().Call(Kill, Self, 6).Call(Exit, 7).Build();

    /// <summary>Copies its input to its output and exits with 0 at the end.</summary>
    internal static byte[] Echoes() => new Program()
        .Label("loop").Call(Read, 0, Buffer, 4096).Beq(Program.A0, Program.Zero, "end")
        .Mv(Program.A2, Program.A0).Li(Program.A0, 1).Li(Program.A1, Buffer).Ecall(Write).Jump("loop")
        .Label("end").Call(Exit, 0).Build();

    /// <summary>Writes a text to stdout and another to stderr, and exits with 0.</summary>
    internal static byte[] Says(string output, string error) => new Program()
        .Put(0, Encoding.UTF8.GetBytes(output)).Put(0x800, Encoding.UTF8.GetBytes(error))
        .Call(Write, 1, Program.Data, Encoding.UTF8.GetByteCount(output))
        .Call(Write, 2, Program.Data + 0x800, Encoding.UTF8.GetByteCount(error))
        .Call(Exit, 0).Build();

    /// <summary>Writes 4096 bytes, lines of 16, again and again.</summary>
    internal static byte[] Floods() => new Program()
        .Put(0, Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("0123456789abcde\n", 256))))
        .Label("loop").Call(Write, 1, Program.Data, 4096).Jump("loop").Build();

    /// <summary>Writes the monotonic clock as two words, then sleeps for a time, again and again.</summary>
    internal static byte[] Ticks(TimeSpan pause) => new Program()
        .Put64(0, 0, (long)pause.TotalNanoseconds)
        .Label("loop").Call(GetTime, Monotonic, Buffer).Call(Write, 1, Buffer, 16)
        .Call(Sleep, Program.Data, 0).Jump("loop").Build();
}
