using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>A file system of a few MiB that only processes see which are started in it.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly ScratchDirectory scratch = new();
    private readonly Process holder;

    private SmallDisk(string options)
    {
        // The mount lives as long as somebody is in its namespace: a cat that ends with its input.
        holder = VeeProcess.Start(
            "unshare",
            ["-rm", "sh", "-c", $"mount -t tmpfs -o {options} none {Directory} && echo mounted && exec cat"]);
    }

    /// <summary>Where it is mounted.</summary>
    internal string Directory => scratch.FullName;

    /// <summary>The same, as this process sees it.</summary>
    internal string Seen => string.Create(CultureInfo.InvariantCulture, $"/proc/{holder.Id}/root{Directory}");

    /// <summary>What runs another command in it.</summary>
    internal string[] Command =>
    [
        "nsenter", "-t", holder.Id.ToString(CultureInfo.InvariantCulture), "-U", "-m", "--preserve-credentials", "--",
    ];

    /// <summary>Mounts it; skips the test where nobody may.</summary>
    internal static async Task<SmallDisk> MountAsync(string options)
    {
        Assert.SkipUnless(
            new[] { "unshare", "nsenter" }.All(p => File.Exists($"/usr/bin/{p}")), "there is no unshare (util-linux)");
        var disk = new SmallDisk(options);
        if (await disk.holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) != "mounted")
        {
            var why = await disk.holder.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            disk.Dispose();
            Assert.Skip($"no file system can be mounted here: {why.Trim()}");
        }

        return disk;
    }

    /// <summary>Leaves no byte free.</summary>
    internal void Fill()
    {
        using var file = new FileStream(Path.Combine(Seen, "filler"), FileMode.Append, FileAccess.Write);
        var bytes = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(bytes);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full, as it is meant to be.
        }
    }

    /// <summary>Takes away what <see cref="Fill"/> wrote.</summary>
    internal void Free() => File.Delete(Path.Combine(Seen, "filler"));

    public void Dispose()
    {
        holder.StandardInput.Close();
        holder.WaitForExit();
        holder.Dispose();
        scratch.Dispose();
    }
}
