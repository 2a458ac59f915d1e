namespace Vee.Machines.Isa;

/// <summary>The names of control and status registers that unprivileged code may read.</summary>
/// <remarks>
/// Source: RISC-V privileged ISA, section "CSR Listing", for the extensions of RV64GC. Others have no name here,
/// because a process machine has no other.
/// </remarks>
public static class CsrNames
{
    /// <summary>The name of a CSR, or its number in hexadecimal (0x7c0) if it has none.</summary>
    /// <param name="number">CSR number, 0..4095.</param>
    public static string Of(int number) => number switch
    {
        0x001 => "fflags",
        0x002 => "frm",
        0x003 => "fcsr",
        0xC00 => "cycle",
        0xC01 => "time",
        0xC02 => "instret",
        _ => $"0x{number:x}",
    };
}
