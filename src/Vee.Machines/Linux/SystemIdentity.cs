namespace Vee.Machines.Linux;

/// <summary>What uname(2) and /proc say the kernel is: the Linux version whose calls are followed.</summary>
internal static class SystemIdentity
{
    internal const string KernelRelease = "6.6.0-vee";
    internal const string KernelVersion = "#1 SMP vee";
}
