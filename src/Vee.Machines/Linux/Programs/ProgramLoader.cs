using Vee.Machines.Elf;
using Vee.Machines.Linux.Mappings;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux.Programs;

/// <summary>Where a program ended up in memory.</summary>
/// <param name="Entry">The first instruction: the interpreter's where there is one, else the program's.</param>
/// <param name="Stack">The initial stack pointer.</param>
internal readonly record struct LoadedProgram(ulong Entry, ulong Stack);

/// <summary>
/// Puts a program, its interpreter, its heap, its stack and the signal trampoline into an empty process, as execve
/// does. The layout is in docs/machine.md, "Memory layout of a process".
/// </summary>
internal sealed class ProgramLoader(Process process)
{
    /// <summary>Where a position-independent program goes.</summary>
    private const ulong ProgramBase = 0x4000_0000;

    /// <summary>Nothing is mapped in the last pages of the arena but the trampoline and the gap above the
    /// stack.</summary>
    private const ulong TopGap = 0x20000;

    // li a7, 139 (rt_sigreturn); ecall. Signal handlers return here, as they do to the kernel's vDSO page.
    private static ReadOnlySpan<uint> Trampoline => [0x08b00893, 0x00000073];

    /// <summary>Loads a program.</summary>
    /// <param name="program">The checked executable.</param>
    /// <param name="interpreter">The checked dynamic linker that it names; null for a static program.</param>
    /// <param name="path">The program's path in the guest (AT_EXECFN, /proc/self/exe).</param>
    /// <param name="loaded">Where it is.</param>
    /// <returns>Why it does not fit, as a sentence for the user; empty when it does.</returns>
    internal string Load(ElfImage program, ElfImage? interpreter, string path, out LoadedProgram loaded)
    {
        loaded = default;
        var map = process.Mappings;
        var programBase = program.IsPositionIndependent ? ProgramBase : 0;
        var refusal = LoadSegments(program, programBase, path, "the program");
        if (refusal.Length != 0)
        {
            return refusal;
        }

        var stackBytes = PageNumber.RoundUp(process.Limits.StackBytes);
        var stackTop = map.End - TopGap;
        refusal = MapTop(stackTop, stackBytes);
        if (refusal.Length != 0)
        {
            return refusal;
        }

        process.Heap = new Heap(PageNumber.RoundUp(programBase + program.End));
        process.LoadBase = programBase;
        var interpreterBase = 0UL;
        if (interpreter is not null)
        {
            interpreterBase = map.FindGap(PageNumber.RoundUp(interpreter.End));
            refusal = interpreterBase == 0
                ? "the address space has no room for the dynamic linker"
                : LoadSegments(interpreter, interpreterBase, program.Interpreter!, "the dynamic linker");
            if (refusal.Length != 0)
            {
                return refusal;
            }
        }

        refusal = new InitialStack(process, stackTop, stackTop - stackBytes)
            .Build(program, programBase, interpreterBase, path, out var stack);
        loaded = new LoadedProgram(interpreter is null
            ? programBase + program.Entry : interpreterBase + interpreter.Entry, stack);
        return refusal;
    }

    private string MapTop(ulong stackTop, ulong stackBytes)
    {
        var map = process.Mappings;
        var stackBottom = stackTop - stackBytes;
        if (stackBytes > stackTop / 2 || map.Overlapping(stackBottom - TopGap, map.End).Any())
        {
            return $"the program leaves no room for a stack of {stackBytes} bytes below 0x{stackTop:x}";
        }

        var trampoline = map.End - TopGap + PageNumber.Bytes;
        process.SignalTrampoline = trampoline;
        map.Top = stackBottom - TopGap;
        if (map.Map(new Mapping(stackBottom, stackTop, Protection.Read | Protection.Write, false, "[stack]", 0,
            null)) != Errno.None
            || map.Map(new Mapping(
                trampoline, trampoline + PageNumber.Bytes, Protection.Read | Protection.Execute, false, "[vdso]", 0,
                    null)) != Errno.None)
        {
            return "the host refused memory for the stack";
        }

        return process.Memory.TryWriteProtected(
            trampoline, System.Runtime.InteropServices.MemoryMarshal.AsBytes(Trampoline)) == AccessFault.None
            ? ""
            : "the machine has no RAM for the signal trampoline";
    }

    private string LoadSegments(ElfImage image, ulong loadBase, string path, string what)
    {
        foreach (var segment in image.Segments)
        {
            var start = (loadBase + segment.Address) & ~(ulong)(PageNumber.Bytes - 1);
            var end = PageNumber.RoundUp(loadBase + segment.Address + segment.MemoryBytes);
            if (start < MemoryMap.Lowest || end > process.Mappings.End - TopGap)
            {
                return $"{what} has a segment at 0x{start:x}..0x{end:x}, "
                    + $"outside the usable 0x{MemoryMap.Lowest:x}..0x{process.Mappings.End - TopGap:x}";
            }

            var refusal = LoadSegment(image, segment, loadBase, start, end, path);
            if (refusal.Length != 0)
            {
                return $"{what} {refusal}";
            }
        }

        return "";
    }

    private string LoadSegment(ElfImage image, in ElfSegment segment, ulong loadBase, ulong start, ulong end,
        string path)
    {
        // Segments that share a page: what the earlier one put there stays, and the page gets both protections.
        var map = process.Mappings;
        var protection = segment.Protection;
        foreach (var before in map.Overlapping(start, end).ToArray())
        {
            protection |= before.Protection;
            start = before.End;
        }

        var shared = start - PageNumber.Bytes;
        if (protection != segment.Protection)
        {
            map.Protect(shared, start, protection);
        }

        var fileStart = segment.FileOffset & ~(ulong)(PageNumber.Bytes - 1);
        if (end > start
            && map.Map(new Mapping(start, end, segment.Protection, false, path, fileStart, null)) != Errno.None)
        {
            return "needs more memory than the host gives";
        }

        var bytes = image.File.Span.Slice((int)segment.FileOffset, (int)segment.FileBytes);
        return process.Memory.TryWriteProtected(loadBase + segment.Address, bytes) == AccessFault.None
            ? ""
            : $"does not fit into {process.Memory.RamPages * PageNumber.Bytes} bytes of RAM";
    }
}
