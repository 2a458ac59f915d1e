using System.Globalization;
using Vee.Hypervisor.Events;
using Vee.Hypervisor.Guests;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads how guests write to their memory.</summary>
/// <param name="horizon">Nanoseconds that are simulated in all; null when nobody knows.</param>
internal sealed class MemoryReader(long? horizon)
{
    /// <summary>Memory of a host that its guests may take together, whatever it has.</summary>
    internal const long BytesMax = 1L << 40;

    // Each is simulated.
    private const double WritesMax = 1e11;
    private const long WritesPerSecondMax = 1_000_000_000;

    /// <summary>How a guest writes; null when it does not say.</summary>
    /// <param name="value">What is written.</param>
    /// <param name="vcpuCount">vCPUs of the guest, each of which writes while it executes.</param>
    public DirtyProfile? Read(ScenarioValue value, int vcpuCount)
    {
        var fields = new FieldReader(value);
        var footprint = Footprint(fields.Required("footprint"));
        var writesField = fields.Required("writes");
        var writes = writesField?.Rate(0, WritesPerSecondMax);
        var (hotField, hotWriteField) = (fields.Optional("hotShare"), fields.Optional("hotWriteShare"));
        var hot = hotField is null ? 1 : hotField.Number(0.000001m, 1);
        var hotWrites = hotWriteField is null ? 1 : hotWriteField.Number(0, 1);
        var sequential = fields.Optional("sequential") is { } flag ? flag.Flag() : false;
        fields.Finish();
        if (sequential == true && (hotField ?? hotWriteField) is { } meaningless)
        {
            meaningless.Refuse("means nothing for a guest that writes in sequence");
            return null;
        }

        if (hotField is null && hotWriteField is not null)
        {
            hotWriteField.Refuse("means nothing without 'hotShare', which says how many pages are hot");
            return null;
        }

        if (footprint is not { } bytes || writes is not { } rate || hot is not { } share
            || hotWrites is not { } writeShare || sequential is not { } isSequential)
        {
            return null;
        }

        CheckPace(writesField!, (double)rate * vcpuCount);
        return new DirtyProfile
        {
            FootprintPages = bytes / DirtyProfile.PageBytes,
            WritesPerSecond = (double)rate,
            HotShare = share,
            HotWriteShare = writeShare,
            IsSequential = isSequential,
        };
    }

    private static long? Footprint(ScenarioValue? value)
    {
        var bytes = value?.Size(DirtyProfile.PageBytes, BytesMax);
        if (bytes % DirtyProfile.PageBytes is > 0)
        {
            value!.Refuse($"{value.Kind} is no whole number of pages of {DirtyProfile.PageBytes} bytes");
            return null;
        }

        return bytes;
    }

    private void CheckPace(ScenarioValue value, double perSecond)
    {
        var writes = perSecond * horizon / VirtualTime.Second;
        if (writes > WritesMax)
        {
            value.Refuse(string.Create(
                CultureInfo.InvariantCulture,
                $"may be {writes:0} writes in the time that is simulated, at most {WritesMax:0} are possible"));
        }
    }
}
