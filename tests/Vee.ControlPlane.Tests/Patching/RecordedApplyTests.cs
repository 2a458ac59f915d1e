using System.Text.Json.Nodes;
using System.Web;
using Vee.ControlPlane.Patching;
using Vee.ControlPlane.Schemas;
using Vee.ControlPlane.Tests.Schemas;
using Xunit;

namespace Vee.ControlPlane.Tests.Patching;

public sealed class RecordedApplyTests
{
    [Fact]
    public void Recorded_sequence_of_applies_gives_the_recorded_objects_and_refusals()
    {
        var rules = Recorded.Widgets();
        var ownership = new FieldOwnership(Recorded.Types(), TimeProvider.System);
        JsonObject? live = null;
        foreach (var exchange in Recorded.Topic("10-server-side-apply").Where(e => e.Target.Contains("fieldManager")))
        {
            var query = HttpUtility.ParseQueryString(exchange.Target.Split('?')[1]);
            var isStatus = exchange.Target.Contains("/status");
            var write = new FieldWrite
            {
                Type = rules.ObjectType,
                Manager = query["fieldManager"]!,
                Subresource = isStatus ? "status" : "",
                ResetFields = isStatus ? FieldSet.OfTopLevel("metadata", "spec") : FieldSet.OfTopLevel("status"),
            };
            JsonObject value;
            if (exchange.ContentType.StartsWith("application/apply", StringComparison.Ordinal))
            {
                var result = ownership.Apply(write, live, exchange.Request!, query["force"] == "true");
                if (exchange.Status >= 400)
                {
                    AssertRefused(exchange, result.Failure!);
                    continue;
                }

                Assert.Null(result.Failure);
                value = result.Value!;
                value["metadata"]!["namespace"] = "conf";
                value["metadata"]!["uid"] = "u";
                rules.Decode(value);
            }
            else
            {
                value = JsonMergePatch.Apply(live!, exchange.Request).Value!;
                rules.Decode(value);
                ownership.Update(write, live, value);
            }

            RecordedCreateTests.AssertSame(exchange.Response, value, exchange.Name);
            live = value;
        }
    }

    private static void AssertRefused(RecordedExchange exchange, PatchFailure failure)
    {
        Assert.Equal(exchange.Status, failure.Code);
        Assert.Equal(exchange.Response["message"]!.GetValue<string>(), failure.Message);
        Assert.Equal(exchange.Response["reason"]?.GetValue<string>() ?? "", failure.Reason);
        var causes = exchange.Response["details"]?["causes"] as JsonArray ?? [];
        Assert.Equal(Json.ToGoString(causes), Json.ToGoString(new JsonArray([.. failure.Causes])));
    }
}
