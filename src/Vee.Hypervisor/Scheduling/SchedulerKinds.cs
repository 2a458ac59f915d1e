using Vee.Hypervisor.Events;
using Vee.Hypervisor.Scheduling.Credit;

namespace Vee.Hypervisor.Scheduling;

/// <summary>The schedulers that there are, by the name that experiments know them by.</summary>
public static class SchedulerKinds
{
    /// <summary>All of them.</summary>
    /// <remarks>The one place to add a scheduler to: a row here, and a section in docs/sim.md.</remarks>
    public static IReadOnlyList<SchedulerKind> All { get; } =
    [
        new SchedulerKind(
            FirstComeScheduler.PolicyName,
            [
                SchedulerOption.Duration(
                    "slice", VirtualTime.Never, VirtualTime.Microsecond, 3600 * VirtualTime.Second),
            ],
            settings => new FirstComeScheduler(settings["slice"])),
        CreditKind.Of(CreditOptions.Modern),
        CreditKind.Of(CreditOptions.Of2009),
    ];

    /// <summary>The scheduler of a name; null when there is none.</summary>
    public static SchedulerKind? Named(string name) => All.FirstOrDefault(kind => kind.Name == name);
}

/// <summary>A scheduler that can be chosen by name.</summary>
/// <param name="Name">As people write it.</param>
/// <param name="Options">What can be chosen about it.</param>
/// <param name="Create">Makes a new one from a value for each option; an <see cref="ArgumentException"/> says what is
/// wrong with values that each by itself would be possible.</param>
public sealed record SchedulerKind(
    string Name,
    IReadOnlyList<SchedulerOption> Options,
    Func<IReadOnlyDictionary<string, long>, IVcpuScheduler> Create);

/// <summary>How the value of an option is written.</summary>
public enum SchedulerOptionType
{
    /// <summary>No type.</summary>
    None = 0,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>Nanoseconds, written with a unit.</summary>
    Duration,

    /// <summary>1 for true, 0 for false.</summary>
    Flag,
}

/// <summary>An option of a scheduler.</summary>
/// <param name="Name">As people write it.</param>
/// <param name="Type">How its value is written.</param>
/// <param name="Standard">What it is when nobody says.</param>
/// <param name="Least">The least that may be written.</param>
/// <param name="Most">The most that may be written.</param>
public sealed record SchedulerOption(string Name, SchedulerOptionType Type, long Standard, long Least, long Most)
{
    /// <summary>An option that is a time.</summary>
    public static SchedulerOption Duration(string name, long standard, long least, long most) =>
        new(name, SchedulerOptionType.Duration, standard, least, most);

    /// <summary>An option that is a whole number.</summary>
    public static SchedulerOption Number(string name, long standard, long least, long most) =>
        new(name, SchedulerOptionType.Number, standard, least, most);

    /// <summary>An option that is true or false.</summary>
    public static SchedulerOption Flag(string name, bool standard) =>
        new(name, SchedulerOptionType.Flag, standard ? 1 : 0, 0, 1);
}
