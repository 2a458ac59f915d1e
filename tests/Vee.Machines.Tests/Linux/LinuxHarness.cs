using System.Runtime.InteropServices;
using System.Text;
using Vee.Machines.Linux;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Memory;
using Xunit;
using GuestThreadState = Vee.Machines.Linux.Threads.GuestThreadState;

namespace Vee.Machines.Tests.Linux;

/// <summary>
/// A process without a program: tests lay out arguments in its scratch memory and make system calls by name, as the
/// dispatcher would. A call that waits stays with its thread until <see cref="Resume"/>.
/// </summary>
internal sealed class LinuxHarness : IDisposable
{
    /// <summary>The first byte of the scratch area; the page before it and the one after it are not mapped.</summary>
    internal const ulong ScratchStart = 0x10_0000;

    internal const ulong ScratchBytes = 4 << 20;

    private readonly Dictionary<GuestThread, (Syscall Row, SyscallArguments Arguments)> waiting = [];
    private ulong next = ScratchStart;

    internal LinuxHarness(ProcessOptions? options = null)
    {
        Memory = GuestMemory.Reserve(64 << 20, 16 << 20);
        Assert.True(Memory.TryMap(ScratchStart, ScratchBytes, Protection.Read | Protection.Write));
        Process = new Process(Memory, Console, options ?? new ProcessOptions { Arguments = ["test"] });
        Thread = AddThread();
    }

    internal GuestMemory Memory { get; }

    internal TestConsole Console { get; } = new();

    internal Process Process { get; }

    /// <summary>The thread that makes calls when none is named.</summary>
    internal GuestThread Thread { get; }

    public void Dispose() => Memory.Dispose();

    /// <summary>Forgets everything laid out so far; the bytes stay.</summary>
    internal void Rewind() => next = ScratchStart;

    /// <summary>Sets bytes of scratch memory aside, 16-byte aligned.</summary>
    internal ulong Reserve(int bytes)
    {
        var address = next;
        next += (ulong)(bytes + 15) & ~15UL;
        Assert.True(next <= ScratchStart + ScratchBytes, "The scratch area is full; call Rewind.");
        return address;
    }

    internal ulong Bytes(params ReadOnlySpan<byte> content)
    {
        var address = Reserve(content.Length);
        Assert.Equal(AccessFault.None, Memory.TryWrite(address, content));
        return address;
    }

    /// <summary>Lays out zero-terminated text, one byte per character.</summary>
    internal ulong Text(string text) => Bytes(Encoding.Latin1.GetBytes(text + "\0"));

    internal ulong Struct<T>(in T value)
        where T : unmanaged =>
        Bytes(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    internal ulong Words(params ReadOnlySpan<ulong> words) => Bytes(MemoryMarshal.AsBytes(words));

    internal byte[] Read(ulong address, int count)
    {
        var content = new byte[count];
        Assert.Equal(AccessFault.None, Memory.TryRead(address, content));
        return content;
    }

    internal T Read<T>(ulong address)
        where T : unmanaged =>
        MemoryMarshal.Read<T>(Read(address, Marshal.SizeOf<T>()));

    internal string ReadText(ulong address, int count) => Encoding.Latin1.GetString(Read(address, count));

    /// <summary>Reads up to the terminating zero.</summary>
    internal string ReadText(ulong address)
    {
        Assert.Equal(Errno.None, Process.User.TryReadText(address, out var text));
        return text;
    }

    /// <summary>Makes a call as the harness's own thread.</summary>
    internal SyscallResult Call(string name, params ReadOnlySpan<ulong> arguments) => CallOn(Thread, name, arguments);

    /// <summary>Makes a call that must succeed.</summary>
    internal long Must(string name, params ReadOnlySpan<ulong> arguments)
    {
        var result = Call(name, arguments);
        Assert.False(result.IsError || result.IsBlocked, $"{name}: {(result.IsBlocked ? "blocked" : result.Error)}");
        return result.Raw;
    }

    /// <summary>Another thread of the process.</summary>
    internal GuestThread AddThread() => Process.Threads.TryCreate()!;

    /// <summary>Makes a call as a given thread.</summary>
    internal SyscallResult CallOn(GuestThread thread, string name, params ReadOnlySpan<ulong> arguments)
    {
        Span<ulong> all = stackalloc ulong[6];
        arguments.CopyTo(all);
        var row = SyscallTable.All.SingleOrDefault(candidate => candidate.Name == name);
        Assert.True(row?.Handler is not null, $"Nothing carries out {name}.");
        return Make(thread, row, new(all[0], all[1], all[2], all[3], all[4], all[5]));
    }

    internal SyscallResult Make(GuestThread thread, Syscall row, in SyscallArguments arguments)
    {
        var result = row.Handler!(Process, thread, arguments);
        if (result.IsBlocked)
        {
            Assert.Equal(GuestThreadState.Blocked, thread.State);
            waiting[thread] = (row, arguments);
        }
        else
        {
            waiting.Remove(thread);
            thread.EndCall();
        }

        return result;
    }

    /// <summary>Makes a waiting call again; the thread must have been woken.</summary>
    internal SyscallResult Resume(GuestThread? thread = null)
    {
        thread ??= Thread;
        Assert.Equal(GuestThreadState.Runnable, thread.State);
        var (row, arguments) = waiting[thread];
        if (thread.Wake != WakeReason.Signal || row.Interruption == Interruption.AskHandler)
        {
            return Make(thread, row, arguments);
        }

        // What the dispatcher does without asking the handler; ERESTARTSYS stands for "made again or EINTR".
        SyscallResult result = row.Interruption != Interruption.Restart ? Errno.EINTR
            : thread.CallProgress > 0 ? thread.CallProgress
            : Errno.ERESTARTSYS;
        waiting.Remove(thread);
        thread.EndCall();
        return result;
    }

    /// <summary>Ends a thread's wait as a signal does.</summary>
    internal void Interrupt(GuestThread? thread = null) =>
        Process.Threads.MakeRunnable(thread ?? Thread, WakeReason.Signal);

    /// <summary>Saves the file system and everything open.</summary>
    internal byte[] SaveFiles() => MemoryState.Save(state =>
    {
        Process.FileSystem.Save(state);
        Process.Files.Save(state);
    });

    /// <summary>Restores what <see cref="SaveFiles"/> saved, into a process that has nothing open.</summary>
    internal void RestoreFiles(byte[] content) => MemoryState.Restore(content, state =>
    {
        Process.FileSystem.Restore(state);
        Process.Files.Restore(state);
        Process.Files.CompleteRestore(state);
    });

    /// <summary>Moves virtual time and wakes the threads whose deadlines have passed.</summary>
    internal void Advance(long nanoseconds)
    {
        Process.Clock.AdvanceTo(Process.Clock.Now + nanoseconds);
        Process.Threads.Expire(Process.Clock.Now);
    }
}
