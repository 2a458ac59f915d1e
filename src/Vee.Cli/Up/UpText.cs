namespace Vee.Cli.Up;

/// <summary>What <c>up</c> tells people.</summary>
internal static class UpText
{
    public static void WriteNextSteps(TextWriter output, UpRecord record, UpDirectory directory)
    {
        var data = directory.Root == Path.GetFullPath(UpDirectory.Default) ? "" : $" --data {directory.Root}";
        output.WriteLine($"""

            API server   {(record.ControlPlanePort is { } port ? $"https://127.0.0.1:{port}" : "of your kubeconfig")}
            operator     {record.OperatorHealth}/metrics
            {string.Join("\n", record.Agents.Select(a => $"{a.Name,-12} http://127.0.0.1:{a.MetricsPort}/metrics"))}
            logs         {directory.Logs}

            Next:

              export KUBECONFIG={record.Kubeconfig}
              kubectl apply -k config/samples
              kubectl get veehost,veevm
              ./vee logs hello
              ./vee down{data}

            """);
    }
}
