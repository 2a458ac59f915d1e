using System.Globalization;
using System.Text;
using Vee.Machines.Memory;

namespace Vee.Machines.Linux.Mappings;

/// <summary>The text of /proc/self/maps (proc(5)).</summary>
internal static class MapsText
{
    private const int NameColumn = 73;

    internal static string Of(MemoryMap map)
    {
        var text = new StringBuilder();
        foreach (var mapping in map.All)
        {
            var start = text.Length;
            text.Append(CultureInfo.InvariantCulture, $"{mapping.Start:x8}-{mapping.End:x8} ")
                .Append((mapping.Protection & Protection.Read) != 0 ? 'r' : '-')
                .Append((mapping.Protection & Protection.Write) != 0 ? 'w' : '-')
                .Append((mapping.Protection & Protection.Execute) != 0 ? 'x' : '-')
                .Append(mapping.IsShared ? 's' : 'p')
                .Append(CultureInfo.InvariantCulture, $" {mapping.Offset:x8} 00:00 0 ");
            if (mapping.Name.Length != 0)
            {
                text.Append(' ', Math.Max(0, NameColumn - (text.Length - start))).Append(mapping.Name);
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
