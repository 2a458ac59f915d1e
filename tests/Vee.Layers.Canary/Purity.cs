using System.Diagnostics;
using System.Net;

namespace Vee.Layers.Canary.Purity;

// Each class leaks the outside world into a pure project, and each in another place: a field, a parameter, a body,
// a lambda, an iterator, a local function, a generic argument, typeof, an extension block.
internal sealed class ReadsFiles
{
    internal static Func<byte[]> Read(string path) => () => File.ReadAllBytes(path);
}

internal sealed class KnowsAddresses
{
    internal static IEnumerable<int> Ports()
    {
        yield return IPEndPoint.MaxPort;
        yield return IPEndPoint.Parse("127.0.0.1:1").Port;
    }
}

internal sealed class Logs(Microsoft.Extensions.Logging.Logger logger)
{
    internal Microsoft.Extensions.Logging.Logger Logger { get; } = logger;
}

internal sealed class TakesAClock
{
    internal static long Now(TimeProvider time) => time.GetTimestamp();
}

internal sealed class KeepsADate
{
    internal List<DateTime> Dates { get; } = [];
}

internal sealed class KnowsDateTypes
{
    internal static Type Type => typeof(DateTimeOffset);
}

internal sealed class Measures
{
    internal static long Elapsed()
    {
        return Timestamp();

        static long Timestamp() => Stopwatch.GetTimestamp();
    }
}

internal static class Starts
{
    extension(string command)
    {
        internal void Start() => Process.Start(command).Dispose();
    }
}

internal sealed class OwnsAThread
{
    internal static void Run(ThreadStart body) => new Thread(body).Start();
}

internal sealed class UsesThePool
{
    internal static void Run(WaitCallback body) => ThreadPool.QueueUserWorkItem(body);
}

internal sealed class OwnsATimer : IDisposable
{
    private readonly Timer timer = new(_ => { });

    public void Dispose() => timer.Dispose();
}

internal sealed class OwnsAnotherTimer : IDisposable
{
    private readonly System.Timers.Timer timer = new();

    public void Dispose() => timer.Dispose();
}

/// <summary>Innocent: the exception has no I/O in it.</summary>
internal sealed class RefusesBytes
{
    internal static void Refuse() => throw new InvalidDataException("refused");
}
