using System.Security.Cryptography;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>The directory of a <c>vee up</c> that ran, was given some objects, and was ended.</summary>
public sealed class StoppedUp : IAsyncLifetime
{
    private readonly ScratchDirectory scratch = new();
    private readonly List<string> kept = [];

    /// <summary>The objects in it.</summary>
    internal IReadOnlyList<string> Kept => kept;

    private string Data => Path.Combine(scratch.FullName, "original");

    public async ValueTask InitializeAsync()
    {
        await using var up = new OwnUp(Data);
        await up.StartAsync();
        using var client = up.Connect();
        for (var i = 0; i < 20; i++)
        {
            await OwnUp.KeepAsync(client, $"kept-{i}", 20_000);
        }

        kept.AddRange(await OwnUp.KeptAsync(client));
        await up.StopAsync();
    }

    /// <summary>A copy of it.</summary>
    internal OwnUp Copy()
    {
        var to = Directory.CreateDirectory(Path.Combine(scratch.FullName, Guid.NewGuid().ToString()[..8])).FullName;
        foreach (var file in Directory.EnumerateFiles(Data, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(Data, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return new OwnUp(to);
    }

    /// <summary>What is in files that nobody may change.</summary>
    internal static IReadOnlyList<string> Sums(params IEnumerable<string> files) =>
        [.. files.Order().Select(f => $"{f} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}")];

    public ValueTask DisposeAsync()
    {
        scratch.Dispose();
        return ValueTask.CompletedTask;
    }
}
