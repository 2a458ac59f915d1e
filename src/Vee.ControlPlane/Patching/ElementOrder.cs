using System.Text.Json.Nodes;
using Vee.ControlPlane.Schemas;

namespace Vee.ControlPlane.Patching;

/// <summary>Orders a merged list as <c>$setElementOrder</c> says.</summary>
internal static class ElementOrder
{
    /// <summary>
    /// Items that the order names come in that order; the others stay before those that they were before.
    /// </summary>
    /// <param name="list">The merged list, in the order of the stored one with new items at the end.</param>
    /// <param name="order">The keys, or the scalars themselves.</param>
    /// <param name="key">The field that tells items apart; empty for scalars.</param>
    internal static JsonArray Apply(JsonArray list, JsonArray order, string key)
    {
        var places = order.Select(o => NameOf(o, key)).ToList();
        var items = list.Select((item, at) => (Item: item, At: at, Place: places.IndexOf(NameOf(item, key)))).ToList();
        var named = new Queue<(JsonNode? Item, int At, int Place)>(
            items.Where(i => i.Place >= 0).OrderBy(i => i.Place));
        var others = new Queue<(JsonNode? Item, int At, int Place)>(items.Where(i => i.Place < 0));
        var result = new JsonArray();
        while (named.Count + others.Count > 0)
        {
            var isOther = named.Count == 0 || (others.Count > 0 && others.Peek().At < named.Peek().At);
            result.Add((isOther ? others : named).Dequeue().Item?.DeepClone());
        }

        return result;
    }

    private static string NameOf(JsonNode? item, string key) =>
        Json.ToGoString(key.Length == 0 ? item : Json.Field(item, key));
}
