namespace Vee.Machines.Harts;

// JUSTIFICATION (1): innocent. SAFETY: innocent.
internal static unsafe class UnsafeWithReasons;
