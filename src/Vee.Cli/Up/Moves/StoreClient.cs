using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Vee.Cli.Up.Moves;

/// <summary>A connection to a store from outside, as any Redis client has one. Requests may be sent several at a time.
/// </summary>
/// <remarks>Source: Redis serialization protocol specification, RESP2.</remarks>
internal sealed class StoreClient : IDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    private readonly string machine;
    private readonly TcpClient connection;
    private readonly StreamReader reader;

    private StoreClient(string machine, TcpClient connection)
    {
        this.machine = machine;
        this.connection = connection;
        reader = new StreamReader(connection.GetStream(), Encoding.ASCII);
    }

    /// <param name="machine">Its name, for messages.</param>
    /// <param name="address">Where it is reached, as <c>127.0.0.1:41985</c>.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<StoreClient> ConnectAsync(
        string machine, string address, CancellationToken cancellation)
    {
        var opened = new TcpClient { NoDelay = true };
        try
        {
            await opened.ConnectAsync(IPEndPoint.Parse(address), cancellation);
            return new StoreClient(machine, opened);
        }
        catch (SocketException error)
        {
            opened.Dispose();
            throw new UpException($"{machine} cannot be reached at {address}: {error.Message}");
        }
    }

    /// <summary>Sends requests in one go and reads as many answers.</summary>
    /// <returns>An answer per request: the values of it; one that is not there is null.</returns>
    /// <exception cref="UpException">The connection broke, the store refuses, or does not answer for 15 s.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<string?>>> AskAsync(
        IReadOnlyList<string> requests, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(AnswerTimeout);
        var answers = new List<IReadOnlyList<string?>>(requests.Count);
        try
        {
            var lines = string.Concat(requests.Select(request => request + "\r\n"));
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(lines), patience.Token);
            while (answers.Count < requests.Count)
            {
                answers.Add(await ReadAsync(patience.Token));
            }

            return answers;
        }
        catch (IOException error)
        {
            throw new UpException($"the connection to {machine} broke: {error.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new UpException($"{machine} did not answer for {AnswerTimeout.TotalSeconds} s.");
        }
    }

    public void Dispose()
    {
        reader.Dispose();
        connection.Dispose();
    }

    /// <summary>Values hold no line ends, so each is a line.</summary>
    private async Task<IReadOnlyList<string?>> ReadAsync(CancellationToken cancellation)
    {
        var line = await LineAsync(cancellation);
        switch (line[0])
        {
            case '+' or ':':
                return [line[1..]];
            case '$':
                return [line == "$-1" ? null : await LineAsync(cancellation)];
            case '*':
                var values = new List<string?>();
                var count = int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
                for (var index = 0; index < count; index++)
                {
                    values.AddRange(await ReadAsync(cancellation));
                }

                return values;
            default:
                throw new UpException($"{machine} refuses: {line}");
        }
    }

    private async Task<string> LineAsync(CancellationToken cancellation) =>
        await reader.ReadLineAsync(cancellation) is { Length: > 0 } line
            ? line : throw new UpException($"{machine} closed the connection.");
}
