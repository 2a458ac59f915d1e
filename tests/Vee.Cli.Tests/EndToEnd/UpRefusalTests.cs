using System.Security.Cryptography;
using Xunit;

namespace Vee.Cli.Tests.EndToEnd;

/// <summary>What <c>vee up</c> does not start on: said in a line that tells what to do, and left as it is.</summary>
public sealed class UpRefusalTests(StoppedUp stopped) : IClassFixture<StoppedUp>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_up_on_a_directory_is_refused_and_the_first_goes_on()
    {
        await using var up = stopped.Copy();
        await up.StartAsync();
        var record = Path.Combine(up.Data, "up.json");
        var text = await File.ReadAllTextAsync(record, Token);

        var second = await up.UpAsync();
        Assert.Equal((1, ""), (second.Status, second.Output));
        Assert.Matches(
            $"^vee up: {up.Data} is in use by process [0-9]+. End it with 'vee down', or use another directory with "
            + "--data.\n$", second.Error);
        Assert.Equal(text, await File.ReadAllTextAsync(record, Token));

        await File.WriteAllTextAsync(record, text[..^20], Token);
        var third = await up.UpAsync();
        Assert.Equal(1, third.Status);
        Assert.Contains("is in use by another process. End it", third.Error, StringComparison.Ordinal);
        var down = await up.DownAsync();
        Assert.Equal(1, down.Status);
        Assert.Contains($"pgrep -af -- \"up --foreground --data {up.Data}\"", down.Error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(record, text, Token);
        using var client = up.Connect();
        Assert.Equal(stopped.Kept, await OwnUp.KeptAsync(client));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"isReady":true,"supervisor":1,"kubeconfig":"x","operatorHealth":"y","agents":null}""")]
    public async Task A_damaged_record_is_as_good_as_none(string text)
    {
        await using var up = stopped.Copy();
        await File.WriteAllTextAsync(Path.Combine(up.Data, "up.json"), text, Token);
        var nothing = await up.DownAsync();
        Assert.Equal((0, $"vee down: nothing runs in {up.Data}.\n"), (nothing.Status, nothing.Error));

        await up.StartAsync();
        using var client = up.Connect();
        Assert.Equal(stopped.Kept, await OwnUp.KeptAsync(client));
    }

    [Theory]
    [InlineData("head")]
    [InlineData("middle")]
    [InlineData("end")]
    public async Task A_damaged_store_is_refused_and_left_as_it_is(string where)
    {
        await using var up = stopped.Copy();
        Damage(up.Store, where);
        var before = StoppedUp.Sums(Directory.EnumerateFiles(Path.Combine(up.Data, "control-plane")));

        var refusal = await up.RefusedAsync();

        Assert.StartsWith($"vee up: control-plane: {up.Store} is damaged", refusal, StringComparison.Ordinal);
        Assert.EndsWith(
            "Put a copy in its place, or move it away to begin with an empty store", refusal, StringComparison.Ordinal);
        Assert.Equal(before, StoppedUp.Sums(Directory.EnumerateFiles(Path.Combine(up.Data, "control-plane"))));
    }

    [Fact]
    public async Task A_damaged_store_that_was_moved_away_makes_room_for_an_empty_one()
    {
        await using var up = stopped.Copy();
        Damage(up.Store, "head");
        await up.RefusedAsync();
        File.Move(up.Store, up.Store + ".damaged");

        await up.StartAsync();
        using var client = up.Connect();
        Assert.Empty(await OwnUp.KeptAsync(client));
    }

    [Theory]
    [InlineData("pki", "ca.crt", "no certificate")]
    [InlineData("pki", "ca.key", "")]
    [InlineData("pki", "ca.key", "another")]
    [InlineData("control-plane", "ca.crt", "")]
    [InlineData("control-plane", "ca.key", "another")]
    public async Task A_damaged_authority_is_refused_with_both_files_named(string folder, string file, string text)
    {
        await using var up = stopped.Copy();
        var files = new[] { "ca.crt", "ca.key" }.Select(f => Path.Combine(up.Data, folder, f)).ToList();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(
            Path.Combine(up.Data, folder, file), text == "another" ? other.ExportPkcs8PrivateKeyPem() : text, Token);
        var before = StoppedUp.Sums(files);

        var refusal = await up.RefusedAsync();

        Assert.Contains(
            $"{files[0]} and {files[1]} are damaged or do not belong together", refusal, StringComparison.Ordinal);
        Assert.Contains("elete both", refusal, StringComparison.Ordinal);
        Assert.Equal(before, StoppedUp.Sums(files));
    }

    [Fact]
    public async Task Authorities_that_were_deleted_are_made_anew_and_objects_stay()
    {
        await using var up = stopped.Copy();
        foreach (var file in Directory.EnumerateFiles(up.Data, "ca.*", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }

        await up.StartAsync();
        using var client = up.Connect();
        Assert.Equal(stopped.Kept, await OwnUp.KeptAsync(client));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_is_refused()
    {
        using var scratch = new ScratchDirectory();
        var file = scratch.Write("file", []);
        await using var up = new OwnUp(Path.Combine(file, "below"));

        var refusal = await up.RefusedAsync();

        Assert.StartsWith($"vee up: {up.Data} cannot be made: ", refusal, StringComparison.Ordinal);
        Assert.EndsWith("Use another directory with --data.", refusal, StringComparison.Ordinal);
    }

    private static void Damage(string store, string where)
    {
        const int PageBytes = 4096;
        using var file = new FileStream(store, FileMode.Open, FileAccess.ReadWrite);
        var pageCount = file.Length / PageBytes;
        if (where == "end")
        {
            file.SetLength((pageCount / 2) * PageBytes);
            return;
        }

        // Any page but the first may have nothing on it, so several are overwritten.
        var (from, count) = where == "head" ? (0, 64) : (pageCount / 2 * PageBytes, 8 * PageBytes);
        file.Position = from;
        file.Write(RandomNumberGenerator.GetBytes(count));
    }
}
