using System.Text.Json.Nodes;

namespace Vee.ControlPlane.Patching;

/// <summary>A patched value, or why there is none.</summary>
/// <param name="Value">The new object, which shares nothing with the old; null where there is a failure.</param>
/// <param name="Failure">Why the patch was refused; null when it was not.</param>
internal sealed record PatchResult(JsonObject? Value, PatchFailure? Failure)
{
    internal static PatchResult Of(JsonObject value) => new(value, null);

    internal static PatchResult BadRequest(string message) => new(null, new(400, "BadRequest", message, []));
}

/// <summary>A refusal, ready to become a Status.</summary>
/// <param name="Code">The HTTP status.</param>
/// <param name="Reason">The reason of the Status; empty where Kubernetes leaves it out (code 500).</param>
/// <param name="Message">The message of the Status.</param>
/// <param name="Causes">For conflicts of an apply: reason, message and field of each.</param>
internal sealed record PatchFailure(int Code, string Reason, string Message, IReadOnlyList<JsonObject> Causes);
