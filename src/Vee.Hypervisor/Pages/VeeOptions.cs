namespace Vee.Hypervisor.Pages;

/// <summary>What a byte on the link costs beside a nanosecond of the encoder.</summary>
public sealed record VeeOptions
{
    /// <summary>For links that are faster than encoders: no form that takes longer than its bytes would save at
    /// 10 Gbit/s.</summary>
    public static VeeOptions Fast { get; } = new() { LinkBytesPerSecond = 1_250_000_000 };

    /// <summary>For links that are slow: 32 Mbit/s.</summary>
    public static VeeOptions Small { get; } = new() { LinkBytesPerSecond = 4_000_000 };

    /// <summary>What the link carries, bytes a second of this stream.</summary>
    /// <value>1 kB/s to 1 TB/s.</value>
    public required double LinkBytesPerSecond
    {
        get;
        init => field = value is >= 1e3 and <= 1e12
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value), value, "LinkBytesPerSecond must be from 1e3 to 1e12.");
    }

    /// <summary>What a nanosecond of the encoder is worth, in nanoseconds of the link: more than 1 when pages wait for
    /// the encoder, less when the link is what they wait for.</summary>
    /// <value>0 to 1000; 1 when nobody says.</value>
    public double EncoderWeight
    {
        get;
        init => field = value is >= 0 and <= 1000
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "EncoderWeight must be from 0 to 1000.");
    } = 1;

    /// <summary>Nanoseconds that a byte is on the link.</summary>
    internal double NanosecondsPerByte => 1e9 / LinkBytesPerSecond;
}
