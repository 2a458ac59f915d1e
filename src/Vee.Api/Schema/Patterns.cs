namespace Vee.Api.Schema;

/// <summary>Patterns and rules that several fields share.</summary>
/// <remarks>Read by the API server in the syntax of RE2, so without lookaround and backreferences.</remarks>
internal static class Patterns
{
    /// <summary>A label of a DNS name (RFC 1123); its length is bounded beside it.</summary>
    internal const string Label = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

    /// <summary>A DNS name (RFC 1123), as most objects of Kubernetes have.</summary>
    internal const string Subdomain = @"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

    /// <summary>The value of a Kubernetes label.</summary>
    internal const string LabelValue = "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$";

    /// <summary>A size that has one spelling in bytes, so that nobody rewrites it.</summary>
    internal const string MemorySize = "^[1-9][0-9]*(Ki|Mi|Gi)$";

    /// <summary>A text that a C program can be given.</summary>
    internal const string NoNul = @"^[^\x00]*$";

    /// <summary>A schema cannot bound the keys of a map; a rule can.</summary>
    internal const string LabelKeysRule = "self.all(key, size(key) >= 1 && size(key) <= 317)";

    /// <summary>What the user reads: a prefix of 253 characters, a slash and a name of 63.</summary>
    internal const string LabelKeysMessage = "a label has a key of 1 to 317 characters";

    /// <summary>As <see cref="LabelKeysRule"/>, for maps whose keys are names of other things.</summary>
    internal const string NameKeysRule = "self.all(key, size(key) >= 1 && size(key) <= 63)";

    /// <summary>A whole amount of time with its unit, 31 years at most.</summary>
    internal const string TimeRule = "self.matches('^(0|[1-9][0-9]{0,8}(ns|us|ms|s))$')";

    /// <summary>Bits in a second, less than 2^50.</summary>
    internal const string BandwidthRule =
        "self.matches('^[1-9]([0-9]{0,14}|[0-9]{0,11}k|[0-9]{0,8}M|[0-9]{0,5}G|[0-9]{0,2}T)bit(/s)?$')";

    /// <summary>What the user reads.</summary>
    internal const string BandwidthMessage =
        "bandwidth is 1bit to 999Tbit: a whole number and bit, kbit, Mbit, Gbit or Tbit";

    /// <summary>A size of something that is not the memory of a machine.</summary>
    internal const string SizeRule =
        "self.matches('^[1-9][0-9]*(Ki|Mi|Gi)$') && quantity(self).compareTo(quantity('1024Gi')) <= 0";

    /// <summary>What the user reads.</summary>
    internal const string SizeMessage = "a size is 1Ki to 1024Gi: a whole number and Ki, Mi or Gi";

    /// <summary>A chance, 0 to 1, in as many digits as anybody needs.</summary>
    internal const string Chance = @"^(0(\.[0-9]{1,9})?|1(\.0{1,9})?)$";

    /// <summary>A value of a scheduler's option.</summary>
    internal const string SchedulerOption = "^(true|false|0|[1-9][0-9]{0,8}(ns|us|ms|s)?)$";

    /// <summary>An IPv4 address in 10.0.0.0/8.</summary>
    internal const string Address = @"^10(\.(0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])){3}$";
}
