namespace Vee.Machines.Memory;

internal static class UnsafeWithoutReasons
{
    internal static unsafe byte First(byte* bytes) => *bytes;
}
