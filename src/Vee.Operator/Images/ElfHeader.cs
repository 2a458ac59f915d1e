using System.Buffers.Binary;
using Vee.Api;

namespace Vee.Operator.Images;

/// <summary>Tells early what no agent will run, so that no host is taken up for it.</summary>
/// <remarks>Source: System V ABI, "ELF Header"; RISC-V ELF psABI, e_machine 243.</remarks>
internal static class ElfHeader
{
    private const int HeaderBytes = 64;
    private const int ClassOffset = 4;
    private const int DataOffset = 5;
    private const int TypeOffset = 16;
    private const int MachineOffset = 18;
    private const byte Class64 = 2;
    private const byte LittleEndian = 1;
    private const ushort MachineRiscV = 243;

    /// <summary>A reason and a message, or null when the header is that of a 64-bit RISC-V program.</summary>
    public static (string Reason, string Message)? Refuse(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderBytes || !file.StartsWith("\u007fELF"u8))
        {
            return (Reasons.ImageInvalid, $"its {file.Length} bytes are no ELF program: build it for riscv64 Linux");
        }

        var machine = BinaryPrimitives.ReadUInt16LittleEndian(file[MachineOffset..]);
        if (file[ClassOffset] != Class64 || file[DataOffset] != LittleEndian || machine != MachineRiscV)
        {
            var bits = file[ClassOffset] == Class64 ? "64" : "32";
            return (
                Reasons.ImageArchitecture,
                $"it is an ELF file for {NameOf(machine)}, {bits} bits, and not for 64-bit RISC-V: build it for "
                + "riscv64 Linux");
        }

        return BinaryPrimitives.ReadUInt16LittleEndian(file[TypeOffset..]) is 2 or 3
            ? null
            : (Reasons.ImageInvalid, "it is an ELF file, but no program (an object file or a core): link it");
    }

    private static string NameOf(ushort machine) => machine switch
    {
        3 => "x86",
        62 => "x86-64",
        40 => "ARM",
        183 => "AArch64",
        MachineRiscV => "RISC-V",
        _ => $"machine {machine}",
    };
}
