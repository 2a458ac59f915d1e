namespace Vee.Machines.Linux;

// JUSTIFICATION (1): none. SAFETY: none.
internal static unsafe class UnsafeElsewhere;
