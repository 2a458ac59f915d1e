using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Faults;

/// <summary>The <c>Status</c> that answers a request which did not get what it asked for.</summary>
/// <remarks>Source: <c>k8s.io/apimachinery/pkg/apis/meta/v1</c>, type Status.</remarks>
internal sealed record ApiStatus
{
    /// <summary>The HTTP status.</summary>
    public required int Code { get; init; }

    /// <summary>One word for programs; empty where Kubernetes gives none.</summary>
    public required string Reason { get; init; }

    /// <summary>A sentence for people.</summary>
    public required string Message { get; init; }

    /// <summary>What the message is about; null where Kubernetes says nothing.</summary>
    public JsonObject? Details { get; init; }

    /// <summary>The header <c>Retry-After</c> in seconds.</summary>
    /// <value>0: no header.</value>
    public int RetryAfterSeconds { get; init; }

    /// <summary>For an expired list: the token that goes on with newer state.</summary>
    /// <value>Empty: none.</value>
    public string Continue { get; init; } = "";

    /// <summary>The object as it is sent.</summary>
    internal JsonObject ToJson()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = Continue.Length > 0 ? new JsonObject { ["continue"] = Continue } : [],
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (Reason.Length > 0)
        {
            status["reason"] = Reason;
        }

        if (Details is not null)
        {
            status["details"] = Details.DeepClone();
        }

        status["code"] = Code;
        return status;
    }
}

/// <summary>Ends a request with a Status, from however deep.</summary>
/// <remarks>
/// Every step of a request can be refused; as a value the refusal would pass through each of some ten layers, and none
/// of them does anything with it. One place catches it and answers.
/// </remarks>
internal sealed class StatusException(ApiStatus status) : Exception(status.Message)
{
    internal ApiStatus Status { get; } = status;
}
