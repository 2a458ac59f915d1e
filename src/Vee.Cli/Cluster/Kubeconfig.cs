using k8s;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using YamlDotNet.Core;

namespace Vee.Cli.Cluster;

/// <summary>Finds out how a cluster is reached, as kubectl does.</summary>
/// <remarks>Source: Kubernetes documentation, organizing cluster access using kubeconfig files.</remarks>
internal static class Kubeconfig
{
    private const string Variable = "KUBECONFIG";

    /// <exception cref="CommandFailedException">There is none, or it cannot be used.</exception>
    internal static KubernetesClientConfiguration Load(ClusterTarget target)
    {
        var files = FilesOf(target.KubeconfigFile, Environment.GetEnvironmentVariable(Variable));
        var names = string.Join(Path.PathSeparator, files);
        var present = files.Where(File.Exists).Select(file => new FileInfo(file)).ToArray();
        if (present.Length == 0)
        {
            throw new CommandFailedException(
                $"there is no kubeconfig '{names}'. Give one with --kubeconfig or {Variable}; "
                + "'vee up' starts a cluster "
                    + "and writes one.");
        }

        try
        {
            var merged = Merge(present.Select(Read));
            return KubernetesClientConfiguration.BuildConfigFromConfigObject(merged, target.Context);
        }
        catch (Exception error) when (IsBadFile(error))
        {
            throw new CommandFailedException($"the kubeconfig '{names}' cannot be used: {FirstLine(error)}", error);
        }
    }

    /// <summary>The one file of a command that takes nothing else.</summary>
    /// <exception cref="CommandFailedException">It is not there, or cannot be used.</exception>
    internal static KubernetesClientConfiguration LoadFile(string file) =>
        Load(new ClusterTarget { KubeconfigFile = file });

    /// <summary>Files to look for, the first to say something about a name being right.</summary>
    /// <param name="option">What the command line says.</param>
    /// <param name="variable">What the environment says: files with the system's separator.</param>
    internal static string[] FilesOf(string? option, string? variable)
    {
        if (option is not null)
        {
            return [option];
        }

        // A home that is not there is still the one to name.
        var home = Environment.GetFolderPath(
            Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        var listed = (variable ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return listed.Length > 0 ? listed : [Path.Combine(home, ".kube", "config")];
    }

    /// <exception cref="KubeConfigException">There is nothing in it, which the library does not expect.</exception>
    private static K8SConfiguration Read(FileInfo file) =>
        KubernetesYaml.Deserialize<K8SConfiguration>(File.ReadAllText(file.FullName)) is null
            ? throw new KubeConfigException($"{file} is empty.")
            : KubernetesClientConfiguration.LoadKubeConfig(file, useRelativePaths: true);

    /// <summary>
    /// Of several things with one name the first counts; so does the first file that has a current context.
    /// </summary>
    private static K8SConfiguration Merge(IEnumerable<K8SConfiguration> files)
    {
        var all = files.ToList();
        var merged = all[0];
        merged.CurrentContext = all
            .Select(file => file.CurrentContext).FirstOrDefault(name => !string.IsNullOrEmpty(name));
        merged.Contexts = [.. all.SelectMany(file => file.Contexts ?? []).DistinctBy(context => context.Name)];
        merged.Clusters = [.. all.SelectMany(file => file.Clusters ?? []).DistinctBy(cluster => cluster.Name)];
        merged.Users = [.. all.SelectMany(file => file.Users ?? []).DistinctBy(user => user.Name)];
        return merged;
    }

    private static bool IsBadFile(Exception error) =>
        error is KubeConfigException or YamlException or IOException or UnauthorizedAccessException
            or FormatException or ArgumentException or System.Security.Cryptography.CryptographicException;

    private static string FirstLine(Exception error) => error.Message.ReplaceLineEndings("\n").Split('\n')[0];
}
