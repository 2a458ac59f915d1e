using System.Text;
using System.Text.Json.Nodes;
using Vee.ControlPlane.Rendering;

namespace Vee.ControlPlane.Serving;

/// <summary>Writes the file by which kubectl finds a server and says who it is.</summary>
internal static class Kubeconfig
{
    internal static string Text(Uri url, string authorityPem, string token, string context) => Yaml.Text(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Config",
        ["clusters"] = new JsonArray(new JsonObject
        {
            ["name"] = context,
            ["cluster"] = new JsonObject
            {
                ["server"] = url.GetLeftPart(UriPartial.Authority),
                ["certificate-authority-data"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(authorityPem)),
            },
        }),
        ["users"] = new JsonArray(new JsonObject
        {
            ["name"] = context,
            ["user"] = new JsonObject { ["token"] = token },
        }),
        ["contexts"] = new JsonArray(new JsonObject
        {
            ["name"] = context,
            ["context"] = new JsonObject { ["cluster"] = context, ["user"] = context },
        }),
        ["current-context"] = context,
    });
}
