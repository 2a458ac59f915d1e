using System.Diagnostics;

namespace Vee.Agent.Tests.Support;

/// <summary>An agent in a process of its own.</summary>
internal sealed class AgentProcess : IDisposable
{
    internal const string AddressFile = "address";
    internal const string RefusalFile = "refusal";

    private readonly string root;
    private readonly Process process;

    private AgentProcess(string root, Process process)
    {
        this.root = root;
        this.process = process;
    }

    internal string Refusal => File.ReadAllText(Path.Combine(root, RefusalFile));

    internal static AgentProcess Start(string root, string name = "test-agent")
    {
        File.Delete(Path.Combine(root, AddressFile));
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
        {
            start.ArgumentList.Add(typeof(AgentProcess).Assembly.Location);
        }

        start.ArgumentList.Add(EntryPoint.AgentCommand);
        start.ArgumentList.Add(root);
        start.ArgumentList.Add(name);
        return new AgentProcess(root, Process.Start(start)!);
    }

    /// <summary>Waits until it takes calls.</summary>
    /// <returns>Where.</returns>
    internal async Task<string> AddressAsync()
    {
        var file = Path.Combine(root, AddressFile);
        await Wait.ForAsync(() => File.Exists(file), "the agent takes calls");
        return await File.ReadAllTextAsync(file, TestAgent.Token);
    }

    internal async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync(TestAgent.Token).WaitAsync(Wait.Limit, TimeProvider.System, TestAgent.Token);
        return process.ExitCode;
    }

    internal async Task KillAsync()
    {
        process.Kill();
        await ExitAsync();
    }

    /// <summary>Gives it a tenth of its time until the task that it returns is cancelled.</summary>
    internal async Task SlowDownAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Send("STOP");
            await Task.Delay(18, CancellationToken.None);
            Send("CONT");
            await Task.Delay(2, CancellationToken.None);
        }
    }

    internal void Send(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    internal void Terminate() => Process.Start("kill", ["-TERM", $"{process.Id}"]).WaitForExit();

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }
}
