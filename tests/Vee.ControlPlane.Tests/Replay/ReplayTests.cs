using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Tests.Schemas;
using Vee.ControlPlane.Tests.Servers;
using Xunit;

namespace Vee.ControlPlane.Tests.Replay;

/// <summary>Replays what a kube-apiserver v1.36 answered, in order, and compares status, reason and body.</summary>
public sealed class ReplayTests
{
    /// <summary>Bodies that cannot be equal, with the reason.</summary>
    private static readonly Dictionary<string, string> OtherBodies = new(StringComparer.Ordinal)
    {
        ["api versions"] = "the body names the address of the recorded server",
    };

    /// <summary>Answers that a real server gives some time after the request that causes them.</summary>
    private static readonly string[] Awaited = ["the kind is gone", "dependant is gone", "established", "new default"];

    private readonly Dictionary<string, string> saved = new(StringComparer.Ordinal);

    [Fact]
    public async Task Every_recorded_exchange_is_answered_as_kube_apiserver_does()
    {
        await using var server = await TestServer.StartAsync();
        using var client = TestServer.NewClient(
            server.Server.Url, server.Server.CertificateAuthorityPem, token: null);
        var output = TestContext.Current.TestOutputHelper!;
        var failures = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Recorded.Folder, "*.json").Order(StringComparer.Ordinal))
        {
            var topic = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
            var score = new Score();
            foreach (var exchange in topic["exchanges"]!.AsArray())
            {
                await ReplayAsync(client, exchange!.AsObject(), score, failures);
            }

            output.WriteLine($"{topic["topic"],-20} {score}");
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private async Task ReplayAsync(HttpClient client, JsonObject exchange, Score score, List<string> failures)
    {
        var name = exchange["name"]!.GetValue<string>();
        var response = exchange["response"]!;
        var want = Normalised.Of(response["body"]);
        var deadline = DateTime.UtcNow.AddSeconds(20);
        int code;
        JsonNode? body;
        bool isSame;
        do
        {
            (code, body) = await SendAsync(client, exchange["request"]!.AsObject());
            isSame = code == response["status"]!.GetValue<int>() && Normalised.Agree(want, Normalised.Of(body));
        }
        while (!isSame && Awaited.Any(name.Contains) && DateTime.UtcNow < deadline);

        Save(exchange["save"] as JsonObject, body);
        var got = Normalised.Of(body);
        score.Count++;
        Judge(code == response["status"]!.GetValue<int>(), ref score.Status, "status");
        Judge(Reason(want) == Reason(got), ref score.Reason, "reason");
        if (OtherBodies.ContainsKey(name))
        {
            return;
        }

        Judge(Normalised.Agree(want, got), ref score.Body, "body");

        void Judge(bool isRight, ref int count, string what)
        {
            count += isRight ? 1 : 0;
            if (!isRight)
            {
                failures.Add(
                    $"{name}: {what}\n  want {response["status"]} {want?.ToJsonString()}\n  got  {code} "
                    + got?.ToJsonString());
            }
        }
    }

    private async Task<(int Code, JsonNode? Body)> SendAsync(HttpClient client, JsonObject request)
    {
        var path = Fill(request["path"]!.GetValue<string>(), "{", "}");
        using var message = new HttpRequestMessage(new(request["method"]!.GetValue<string>()), path);
        message.Headers.Accept.Add(new("application/json"));
        message.Headers.UserAgent.Clear();
        message.Headers.Authorization = request["auth"]!.GetValue<string>() switch
        {
            "admin" => new("Bearer", TestServer.Token),
            "other" => new("Bearer", "wrong"),
            _ => null,
        };
        AddBody(message, request);
        using var response = await client.SendAsync(message, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var type = response.Content.Headers.ContentType?.MediaType ?? "";
        return ((int)response.StatusCode, path.Contains("watch=", StringComparison.Ordinal)
            ? new JsonArray([.. text.Split('\n').Where(l => l.Trim().Length > 0).Select(l => JsonNode.Parse(l))])
            : type.Contains("json", StringComparison.Ordinal) ? JsonNode.Parse(text) : JsonValue.Create(text));
    }

    private void AddBody(HttpRequestMessage message, JsonObject request)
    {
        var type = "application/json";
        foreach (var (header, value) in request["headers"]!.AsObject())
        {
            if (header == "Content-Type")
            {
                type = value!.GetValue<string>();
                continue;
            }

            message.Headers.Remove(header);
            message.Headers.TryAddWithoutValidation(header, value!.GetValue<string>());
        }

        if (request["body"] is { } body)
        {
            var text = body is JsonValue plain ? plain.GetValue<string>() : Fill(body.ToJsonString(), "{{", "}}");
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
            message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        }
    }

    private string Fill(string text, string open, string close) =>
        saved.Aggregate(text, (filled, s) => filled.Replace(open + s.Key + close, s.Value, StringComparison.Ordinal));

    private void Save(JsonObject? names, JsonNode? body)
    {
        foreach (var (name, path) in names ?? [])
        {
            var value = body;
            foreach (var step in path!.GetValue<string>().Split('.'))
            {
                value = int.TryParse(step, CultureInfo.InvariantCulture, out var i) ? value?[i] : value?[step];
            }

            saved[name] = value?.ToString() ?? "unset";
        }
    }

    private static string? Reason(JsonNode? body) =>
        body is JsonObject status && (string?)status["kind"] == "Status" ? (string?)status["reason"] : null;

    private sealed class Score
    {
        internal int Count;
        internal int Status;
        internal int Reason;
        internal int Body;

        public override string ToString() =>
            $"{Count,4} exchanges   status {Status,4}   reason {Reason,4}   body {Body,4}";
    }
}
