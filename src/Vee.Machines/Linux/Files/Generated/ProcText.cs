using System.Globalization;
using System.Text;
using Vee.Machines.Linux.Mappings;
using Vee.Machines.Linux.Threads;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux.Files.Generated;

/// <summary>The texts of /proc, in the formats of proc(5).</summary>
internal sealed class ProcText(Process process)
{
    private const long NanosecondsPerTick = VirtualClock.NanosecondsPerSecond / 100;

    /// <summary>The files whose paths are fixed.</summary>
    /// <param name="self">The process's own directory.</param>
    internal IEnumerable<(string Path, Func<string> Produce)> Files(string self) =>
    [
        ($"{self}/maps", () => MapsText.Of(process.Mappings)),
        ($"{self}/status", () => Status(process.Id, MainName())),
        ($"{self}/stat", () => Stat(process.Id, MainName())),
        ($"{self}/statm",
            () => $"{MappedPages()} {process.Memory.PresentPages} 0 0 0 {process.Memory.PresentPages} 0\n"),
        ($"{self}/cmdline", () => Joined(process.Options.Arguments)),
        ($"{self}/environ", () => Joined(process.Options.Environment)),
        ($"{self}/comm", () => MainName() + "\n"),
        ($"{self}/mounts", Mounts),
        ($"{self}/mountinfo", MountInfo),
        ($"{self}/limits", Limits),
        ($"{self}/cgroup", () => "0::/\n"),
        ($"{self}/oom_score_adj", () => "0\n"),
        ($"{self}/io", () => "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\n"),
        ("/proc/meminfo", MemoryUse),
        ("/proc/cpuinfo", Processors),
        ("/proc/stat", SystemStat),
        ("/proc/uptime", () => $"{Seconds(process.Clock.Now)} 0.00\n"),
        ("/proc/loadavg", () => $"0.00 0.00 0.00 1/{process.Threads.All.Count} {process.Id}\n"),
        ("/proc/version", () => $"Linux version {Release} (vee@vee) #1 SMP\n"),
        ("/proc/filesystems", () => "nodev\ttmpfs\nnodev\tproc\nnodev\tsysfs\n"),
        ("/proc/sys/kernel/osrelease", () => Release + "\n"),
        ("/proc/sys/kernel/ostype", () => "Linux\n"),
        ("/proc/sys/kernel/version", () => "#1 SMP\n"),
        ("/proc/sys/kernel/hostname", () => process.Options.HostName + "\n"),
        ("/proc/sys/kernel/pid_max", () => "4194304\n"),
        ("/proc/sys/kernel/threads-max", () => $"{ThreadTable.CountMax}\n"),
        ("/proc/sys/kernel/random/boot_id", () => "00000000-0000-4000-8000-000000000001\n"),
        ("/proc/sys/kernel/ngroups_max", () => "65536\n"),
        ("/proc/sys/vm/overcommit_memory", () => "1\n"),
        ("/proc/sys/vm/max_map_count", () => $"{Mappings.MemoryMap.CountMax}\n"),
        ("/proc/sys/fs/file-max", () => "1048576\n"),
        ("/proc/sys/fs/nr_open", () => "1048576\n"),
        ("/proc/sys/fs/pipe-max-size", () => $"{Fifo.CapacityMax}\n"),
        ("/proc/sys/net/core/somaxconn", () => "4096\n"),
        ("/proc/sys/net/ipv4/ip_local_port_range", () => "32768\t60999\n"),
    ];

    /// <summary>What uname calls the kernel's release.</summary>
    internal const string Release = "6.6.0-vee";

    /// <summary>A file of /proc/self/task/ID.</summary>
    internal string Thread(int id, string file)
    {
        var name = process.Threads.All.TryGetValue(id, out var thread) && thread.Name.Length > 0 ? thread.Name
            : MainName();
        return file switch { "comm" => name + "\n", "stat" => Stat(id, name), _ => Status(id, name) };
    }

    /// <summary>/proc/self/fdinfo/N.</summary>
    internal static string Descriptor(Process process, int number)
    {
        if (!process.Files.TryGet(number, out var file))
        {
            return "";
        }

        var position = file.IsSeekable ? Math.Max(0, file.Seek(0, 1).Raw) : 0;
        var flags = file.Flags | (process.Files.GetCloseOnExec(number) ? OpenFlags.CloseOnExec : OpenFlags.ReadOnly);
        var octal = Convert.ToString((uint)flags, 8);
        return $"pos:\t{position}\nflags:\t0{octal}\nmnt_id:\t1\nino:\t{file.Inode?.Number ?? file.Id}\n";
    }

    private static string Seconds(long nanoseconds) =>
        (nanoseconds / (decimal)VirtualClock.NanosecondsPerSecond).ToString("F2", CultureInfo.InvariantCulture);

    private static string Joined(IEnumerable<string> texts) => string.Concat(texts.Select(text => text + "\0"));

    private string MainName()
    {
        var named = process.Threads.All.TryGetValue(process.Id, out var main) ? main.Name : "";
        if (named.Length > 0)
        {
            return named;
        }

        var path = process.Options.ProgramPath;
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name.Length > 15 ? name[..15] : name;
    }

    private ulong MappedPages() => process.Mappings.MappedBytes >> PageNumber.Shift;

    private string Stat(int id, string name)
    {
        var threads = process.Threads.All;
        var ticks = (threads.TryGetValue(id, out var one) && id != process.Id
            ? one.CpuTime
            : threads.Values.Sum(thread => thread.CpuTime)) / NanosecondsPerTick;
        var hart = 0;
        return $"{id} ({name}) R 1 {process.Id} {process.Id} 0 -1 4194304 0 0 0 0 {ticks} "
            + $"0 0 0 20 0 {threads.Count} 0 0 "
            + $"{process.Mappings.MappedBytes} {process.Memory.PresentPages} 18446744073709551615 "
            + "0 0 0 0 0 0 0 0 0 0 0 0 "
            + $"17 {hart} 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
    }

    private string Status(int id, string name)
    {
        var mapped = process.Mappings.MappedBytes >> 10;
        var resident = process.Memory.PresentPages * (PageNumber.Bytes >> 10);
        return $"Name:\t{name}\nUmask:\t{Convert.ToString(process.FileSystem.Umask, 8).PadLeft(4, '0')}\n"
            + $"State:\tR (running)\nTgid:\t{process.Id}\nNgid:\t0\nPid:\t{id}\nPPid:\t1\nTracerPid:\t0\n"
            + "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t256\nGroups:\t0\n"
            + $"VmPeak:\t{mapped,8} kB\nVmSize:\t{mapped,8} kB\nVmHWM:\t{resident,8} kB\nVmRSS:\t{resident,8} kB\n"
            + $"Threads:\t{process.Threads.All.Count}\nCpus_allowed_list:\t0-{process.Options.HartCount - 1}\n";
    }

    private string Limits()
    {
        string[] names =
        [
            "Max cpu time", "Max file size", "Max data size", "Max stack size",
            "Max core file size", "Max resident set",
            "Max processes", "Max open files", "Max locked memory", "Max address space", "Max file locks",
            "Max pending signals", "Max msgqueue size", "Max nice priority", "Max realtime priority",
            "Max realtime timeout",
        ];
        string[] units =
        [
            "seconds", "bytes", "bytes", "bytes", "bytes", "bytes", "processes", "files", "bytes", "bytes", "locks",
            "signals", "bytes", "", "", "us",
        ];
        var text = new StringBuilder(
            "Limit                     Soft Limit           Hard Limit           Units     \n");
        for (var index = 0; index < ResourceLimits.Count; index++)
        {
            var (soft, hard) = process.Limits.Get(index);
            text.Append(CultureInfo.InvariantCulture,
                $"{names[index],-25} {Limit(soft),-20} {Limit(hard),-20} {units[index],-10}\n");
        }

        return text.ToString();
    }

    private static string Limit(ulong value) =>
        value == ulong.MaxValue ? "unlimited" : value.ToString(CultureInfo.InvariantCulture);

    private static string Mounts() =>
        "vee / tmpfs rw,relatime 0 0\nproc /proc proc rw,relatime 0 0\nsysfs /sys sysfs ro,relatime 0 0\n";

    private static string MountInfo() =>
        "1 0 0:1 / / rw,relatime - tmpfs vee rw\n2 1 0:2 / /proc rw,relatime - proc proc rw\n"
        + "3 1 0:3 / /sys ro,relatime - sysfs sysfs ro\n";

    private string MemoryUse()
    {
        var total = process.Memory.RamPages * (PageNumber.Bytes >> 10);
        var used = process.Memory.PresentPages * (PageNumber.Bytes >> 10);
        return $"MemTotal:       {total,8} kB\nMemFree:        {total - used,8} kB\n"
            + $"MemAvailable:   {total - used,8} kB\n"
            + $"Buffers:        {0,8} kB\nCached:         {process.FileSystem.UsedBytes >> 10,8} kB\n"
            + $"SwapTotal:      {0,8} kB\nSwapFree:       {0,8} kB\nShmem:          {0,8} kB\n"
            + $"CommitLimit:    {total,8} kB\nHugePages_Total:       0\nHugepagesize:       2048 kB\n";
    }

    private string Processors()
    {
        var text = new StringBuilder();
        for (var hart = 0; hart < process.Options.HartCount; hart++)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"processor\t: {hart}\nhart\t\t: {hart}\nisa\t\t: rv64imafdc\nmmu\t\t: sv39\nuarch\t\t: vee\n\n");
        }

        return text.ToString();
    }

    private string SystemStat()
    {
        var busy = process.Threads.All.Values.Sum(thread => thread.CpuTime) / NanosecondsPerTick;
        var harts = process.Options.HartCount;
        var all = process.Clock.Now / NanosecondsPerTick * harts;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"cpu  {busy} 0 0 {Math.Max(0, all - busy)} 0 0 0 0 0 0\n");
        for (var hart = 0; hart < harts; hart++)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"cpu{hart} {busy / harts} 0 0 {Math.Max(0, all - busy) / harts} 0 0 0 0 0 0\n");
        }

        text.Append(CultureInfo.InvariantCulture,
            $"ctxt 0\nbtime {process.Clock.RealtimeAtBoot / VirtualClock.NanosecondsPerSecond}\n");
        text.Append("processes 1\nprocs_running 1\nprocs_blocked 0\n");
        return text.ToString();
    }
}
