using System.Runtime.InteropServices;

namespace Vee.Agent.Tests.Support;

/// <summary>Runs the tests, or, when a test starts this program, an agent that can be killed.</summary>
internal static class EntryPoint
{
    internal const string AgentCommand = "run-agent";

    public static async Task<int> Main(string[] args)
    {
        if (args is not [AgentCommand, var root, var name])
        {
            return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
        }

        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            ended.TrySetResult();
        });
        try
        {
            await using var agent = await TestAgent.StartServerAsync(TestAgent.OptionsIn(root, name));
            var file = Path.Combine(root, AgentProcess.AddressFile);
            await File.WriteAllTextAsync($"{file}.new", agent.Address, CancellationToken.None);
            File.Move($"{file}.new", file, overwrite: true);
            await ended.Task;
            return 0;
        }
        catch (AgentStartException refusal)
        {
            await File.WriteAllTextAsync(
                Path.Combine(root, AgentProcess.RefusalFile), refusal.Message, CancellationToken.None);
            return 1;
        }
    }
}
