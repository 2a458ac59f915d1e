namespace Vee.Protocol;

/// <summary>The version of the contract between operator, command line and agents.</summary>
public static class ProtocolVersion
{
    /// <summary>Changes when an old peer could misunderstand a new one; a difference is refused.</summary>
    public const int Current = 1;
}
