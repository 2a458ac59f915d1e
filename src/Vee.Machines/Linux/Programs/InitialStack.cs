using System.Text;
using Vee.Machines.Elf;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux.Programs;

/// <summary>
/// Builds what a program finds on its stack: argc, argv, environment and the auxiliary vector. Source: System V ABI,
/// "Process Initialization", and the AT_ constants of Linux.
/// </summary>
internal sealed class InitialStack(Process process, ulong top, ulong bottom)
{
    // Bits of the single-letter extensions: hwcap has bit (letter - 'a').
    private const ulong HardwareCapabilities =
        1 << ('i' - 'a') | 1 << ('m' - 'a') | 1 << ('a' - 'a') | 1 << ('f' - 'a') | 1 << ('d' - 'a') | 1 << ('c' - 'a');

    private readonly ulong top = top;
    private ulong pointer = top;
    private bool overflowed;

    /// <summary>Writes everything.</summary>
    /// <returns>Why it does not fit, or empty.</returns>
    internal string Build(ElfImage program, ulong programBase, ulong interpreterBase, string path, out ulong stack)
    {
        var options = process.Options;
        var executable = PushText(path);
        var platform = PushText("riscv64");
        Span<byte> seed = stackalloc byte[16];
        process.Random.Fill(seed);
        var random = Push(seed);
        var environment = options.Environment.Select(PushText).ToArray();
        process.EnvironmentStart = environment.Length == 0 ? executable : environment[^1];
        process.EnvironmentEnd = executable;
        var arguments = options.Arguments.Select(PushText).ToArray();
        ulong[] auxiliary =
        [
            3, program.ProgramHeaderAddress() + programBase, // AT_PHDR
            4, (ulong)ElfImage.ProgramHeaderSize, // AT_PHENT
            5, (ulong)program.ProgramHeaderCount, // AT_PHNUM
            6, PageNumber.Bytes, // AT_PAGESZ
            7, interpreterBase, // AT_BASE
            8, 0, // AT_FLAGS
            9, program.Entry + programBase, // AT_ENTRY
            11, 0, 12, 0, 13, 0, 14, 0, // AT_UID, AT_EUID, AT_GID, AT_EGID
            15, platform, // AT_PLATFORM
            16, HardwareCapabilities, // AT_HWCAP
            17, 100, // AT_CLKTCK
            23, 0, // AT_SECURE
            25, random, // AT_RANDOM
            26, 0, // AT_HWCAP2
            31, executable, // AT_EXECFN
            0, 0, // AT_NULL
        ];
        ulong[] words =
            [(ulong)arguments.Length, .. arguments, 0, .. environment, 0, .. auxiliary];
        pointer = (pointer - (ulong)words.Length * sizeof(ulong)) & ~15UL;
        stack = pointer;
        Write(pointer, System.Runtime.InteropServices.MemoryMarshal.AsBytes(words.AsSpan()));

        // Linux allows a quarter of the stack for this (execve(2), "Limits on size of arguments and environment").
        return overflowed || top - pointer > (top - bottom) / 4
            ? $"the arguments and environment need {top - pointer} bytes of stack, more than a quarter of it"
            : "";
    }

    private ulong PushText(string text)
    {
        var bytes = new byte[text.Length + 1];
        Encoding.Latin1.GetBytes(text, bytes);
        return Push(bytes);
    }

    private ulong Push(ReadOnlySpan<byte> bytes)
    {
        if ((ulong)bytes.Length > pointer - bottom)
        {
            overflowed = true;
            return pointer;
        }

        pointer -= (ulong)bytes.Length;
        Write(pointer, bytes);
        return pointer;
    }

    private void Write(ulong address, ReadOnlySpan<byte> bytes) =>
        overflowed |= address < bottom || process.Memory.TryWrite(address, bytes) != AccessFault.None;
}
