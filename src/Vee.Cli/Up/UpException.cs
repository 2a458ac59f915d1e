using System.Security.Cryptography;
using Vee.Cli.Cluster;
using Vee.ControllerRuntime.Clients;

namespace Vee.Cli.Up;

/// <summary>It cannot be started; the message says why and what to do.</summary>
internal sealed class UpException(string message) : Exception(message)
{
    /// <summary>Whether a failure is of the surroundings, to be told in one line, and no defect of ours.</summary>
    public static bool IsExpected(Exception error) => error is UpException or IOException or UnauthorizedAccessException
        or HttpRequestException or TimeoutException or KubernetesApiException or CryptographicException
        or CommandFailedException;
}
