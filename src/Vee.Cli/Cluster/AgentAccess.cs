using System.Security.Cryptography;
using System.Text;
using Grpc.Net.Client;
using k8s.Models;
using Vee.Api.VirtualMachines;
using Vee.Cli.Up;
using Vee.Operator.Agents;

namespace Vee.Cli.Cluster;

/// <summary>
/// Opens connections to agents with the certificate that the cluster keeps for its users: who may read that Secret
/// may open consoles.
/// </summary>
internal sealed class AgentAccess : IDisposable
{
    private const string Secret = $"{ClusterSetup.Namespace}/{ClusterSetup.UserSecret}";

    private readonly AgentCredentialsText credentials;
    private readonly Dictionary<string, GrpcChannel> channels = new(StringComparer.Ordinal);

    private AgentAccess(AgentCredentialsText credentials) => this.credentials = credentials;

    /// <exception cref="CommandFailedException">
    /// The Secret may not be read, is not there or lacks something.
    /// </exception>
    internal static async Task<AgentAccess> OpenAsync(ClusterAccess cluster, CancellationToken cancellation)
    {
        const string subject = $"the Secret '{Secret}' with the certificate for agents";
        V1Secret? secret;
        try
        {
            secret = await cluster.FindSecretAsync(ClusterSetup.Namespace, ClusterSetup.UserSecret, cancellation);
        }
        catch (CommandFailedException error)
        {
            throw new CommandFailedException($"{subject} cannot be read: {error.Message}", error);
        }

        if (secret is null)
        {
            throw new CommandFailedException(
                $"{subject} is not there. 'vee up' and the installation of the operator make it; is this the cluster?");
        }

        return new AgentAccess(new AgentCredentialsText(
            Text(secret, "ca.crt", subject), Text(secret, "tls.crt", subject), Text(secret, "tls.key", subject)));
    }

    /// <summary>Calls to an agent. Nothing is sent yet.</summary>
    /// <exception cref="CommandFailedException">The certificate cannot be used.</exception>
    internal Protocol.Agent.AgentClient Connect(AgentReference agent)
    {
        var address = agent.Address ?? throw new CommandFailedException(
            $"the operator has not said where agent '{agent.Name}' listens. Try again when it has connected to it.");
        if (!channels.TryGetValue(address, out var channel))
        {
            channel = Open(address);
            channels.Add(address, channel);
        }

        return new Protocol.Agent.AgentClient(channel);
    }

    public void Dispose()
    {
        foreach (var channel in channels.Values)
        {
            channel.Dispose();
        }
    }

    private GrpcChannel Open(string address)
    {
        try
        {
            return AgentChannel.Open(address, credentials);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or UriFormatException)
        {
            throw new CommandFailedException(
                $"agent {address} cannot be called with the certificate in the Secret "
                    + $"'{Secret}': {error.Message}",
                error);
        }
    }

    private static string Text(V1Secret secret, string key, string subject) =>
        secret.Data is { } data && data.TryGetValue(key, out var bytes) && bytes.Length > 0
            ? Encoding.UTF8.GetString(bytes)
            : throw new CommandFailedException($"{subject} lacks the key '{key}'.");
}
