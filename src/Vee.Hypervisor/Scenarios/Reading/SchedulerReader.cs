using Vee.Hypervisor.Scheduling;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads who decides what the cores of a host do.</summary>
internal static class SchedulerReader
{
    /// <summary>A scheduler and its options; null when it is none.</summary>
    public static SchedulerChoice? Read(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var policy = fields.Required("policy");
        if (policy?.Text("the name of a policy") is not { } name)
        {
            return null;
        }

        if (SchedulerKinds.Named(name) is not { } kind)
        {
            var known = string.Join(", ", SchedulerKinds.All.Select(k => k.Name));
            policy.Refuse($"there is no policy '{ScenarioText.Shown(name)}'; there are {known}");
            return null;
        }

        var settings = new Dictionary<string, long>();
        foreach (var option in kind.Options)
        {
            var given = fields.Optional(option.Name);
            var setting = given is null ? option.Standard : Setting(given, option);
            if (setting is { } number)
            {
                settings.Add(option.Name, number);
            }
        }

        fields.Finish();
        if (settings.Count < kind.Options.Count)
        {
            return null;
        }

        try
        {
            kind.Create(settings);
            return new SchedulerChoice(kind, settings);
        }
        catch (ArgumentException impossible)
        {
            fields.Refuse(impossible.Message);
            return null;
        }
    }

    private static long? Setting(ScenarioValue value, SchedulerOption option) => option.Type switch
    {
        SchedulerOptionType.Duration => value.Duration(option.Least, option.Most),
        SchedulerOptionType.Flag => value.Flag() is { } flag ? (flag ? 1 : 0) : null,
        _ => value.Whole(option.Least, option.Most),
    };
}
