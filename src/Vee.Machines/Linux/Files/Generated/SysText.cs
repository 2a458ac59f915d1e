namespace Vee.Machines.Linux.Files.Generated;

/// <summary>What programs read of /sys: how many processors there are.</summary>
internal static class SysText
{
    internal static IEnumerable<(string Path, Func<string> Produce)> Files(Process process)
    {
        var last = process.Options.HartCount - 1;
        var range = last == 0 ? "0\n" : $"0-{last}\n";
        yield return ("/sys/devices/system/cpu/online", () => range);
        yield return ("/sys/devices/system/cpu/possible", () => range);
        yield return ("/sys/devices/system/cpu/present", () => range);
        yield return ("/sys/devices/system/cpu/kernel_max", () => "63\n");
        yield return ("/sys/kernel/mm/transparent_hugepage/enabled", () => "always madvise [never]\n");
        for (var hart = 0; hart <= last; hart++)
        {
            var list = $"{hart}\n";
            yield return ($"/sys/devices/system/cpu/cpu{hart}/topology/core_id", () => list);
            yield return ($"/sys/devices/system/cpu/cpu{hart}/topology/thread_siblings_list", () => list);
        }
    }
}
