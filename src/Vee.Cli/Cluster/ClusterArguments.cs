using System.CommandLine;
using Vee.Machines.Linux;

namespace Vee.Cli.Cluster;

/// <summary>The options of every command that is about a cluster.</summary>
internal sealed class ClusterArguments
{
    private readonly Option<string?> space = new("--namespace", "-n")
    {
        Description = "The machines' namespace. Default: that of the context, or 'default'.",
        HelpName = "NAMESPACE",
    };

    private readonly Option<string?> kubeconfig = new("--kubeconfig")
    {
        Description = "How the cluster is reached. Default: the files in KUBECONFIG, or ~/.kube/config.",
        HelpName = "FILE",
    };

    private readonly Option<string?> context = new("--context")
    {
        Description = "A context of the kubeconfig. Default: its current one.",
        HelpName = "NAME",
    };

    private readonly Option<TimeSpan?> timeout = new("--timeout")
    {
        HelpName = "TIME",
        CustomParser = result => Duration.Parse(result, "--timeout"),
    };

    /// <param name="timeoutMeaning">What is given up after the time, and the default.</param>
    internal ClusterArguments(string timeoutMeaning)
    {
        timeout.Description = timeoutMeaning;
        space.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !ObjectName.IsValid(text))
            {
                result.AddError($"--namespace '{text}' {ObjectName.Rule}.");
            }
        });
    }

    internal void AddTo(Command command)
    {
        command.Add(space);
        command.Add(kubeconfig);
        command.Add(context);
        command.Add(timeout);
    }

    internal ClusterTarget Read(ParseResult parsed) => new()
    {
        Namespace = parsed.GetValue(space),
        KubeconfigFile = GuestText.ToHostOrNull(parsed.GetValue(kubeconfig)),
        Context = GuestText.ToHostOrNull(parsed.GetValue(context)),
        Timeout = parsed.GetValue(timeout),
    };
}
