using System.Globalization;
using System.Text;

namespace Vee.ControllerRuntime.Clients;

/// <summary>The query of a request; what is null is left out.</summary>
internal sealed class ScopeQuery
{
    private readonly StringBuilder text = new();

    internal static ScopeQuery Of(ResourceScope scope) =>
        new ScopeQuery().With("labelSelector", scope.LabelSelector).With("fieldSelector", scope.FieldSelector);

    internal ScopeQuery With(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            text.Append(text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        return this;
    }

    internal ScopeQuery With(string name, long value) => With(name, value.ToString(CultureInfo.InvariantCulture));

    public override string ToString() => text.ToString();
}
