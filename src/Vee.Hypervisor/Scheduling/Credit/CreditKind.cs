using Vee.Hypervisor.Events;

namespace Vee.Hypervisor.Scheduling.Credit;

/// <summary>The credit scheduler as a policy that experiments choose by name.</summary>
internal static class CreditKind
{
    /// <summary>A vintage, each of whose constants and switches can be chosen.</summary>
    /// <param name="vintage">What holds if nobody says otherwise.</param>
    public static SchedulerKind Of(CreditOptions vintage) => new(
        vintage.Name,
        [
            SchedulerOption.Duration(
                "slice", vintage.SliceNanoseconds, VirtualTime.Millisecond, VirtualTime.Second),
            SchedulerOption.Number("ticksPerSlice", vintage.TicksPerSlice, 1, 100),
            SchedulerOption.Number("creditsPerMillisecond", vintage.CreditsPerMillisecond, 1, 1000),
            SchedulerOption.Flag("exactDebit", vintage.DebitsExactly),
            SchedulerOption.Flag("accountsDebtors", vintage.AccountsDebtors),
            SchedulerOption.Flag("ticklesAllIdlers", vintage.TicklesAllIdlers),
            SchedulerOption.Flag("halvesCreditOnLeaving", vintage.HalvesCreditOnLeaving),
            SchedulerOption.Flag("weighsVcpus", vintage.WeighsVcpus),
            SchedulerOption.Flag("yieldsBehindNext", vintage.YieldsBehindNext),
            SchedulerOption.Duration(
                "rateLimit", vintage.RateLimitNanoseconds, 0, 500 * VirtualTime.Millisecond),
            SchedulerOption.Flag("boostsAfterMigration", vintage.BoostsAfterMigration),
            SchedulerOption.Flag("skipsLightQueues", vintage.SkipsLightQueues),
            SchedulerOption.Duration("balanceInterval", vintage.BalanceIntervalNanoseconds, 0, VirtualTime.Second),
            SchedulerOption.Duration(
                "migrationDelay", vintage.MigrationDelayNanoseconds, 0, 100 * VirtualTime.Millisecond),
        ],
        settings => new CreditScheduler(vintage with
        {
            SliceNanoseconds = settings["slice"],
            TicksPerSlice = (int)settings["ticksPerSlice"],
            CreditsPerMillisecond = (int)settings["creditsPerMillisecond"],
            DebitsExactly = settings["exactDebit"] != 0,
            AccountsDebtors = settings["accountsDebtors"] != 0,
            TicklesAllIdlers = settings["ticklesAllIdlers"] != 0,
            HalvesCreditOnLeaving = settings["halvesCreditOnLeaving"] != 0,
            WeighsVcpus = settings["weighsVcpus"] != 0,
            YieldsBehindNext = settings["yieldsBehindNext"] != 0,
            RateLimitNanoseconds = settings["rateLimit"],
            BoostsAfterMigration = settings["boostsAfterMigration"] != 0,
            SkipsLightQueues = settings["skipsLightQueues"] != 0,
            BalanceIntervalNanoseconds = settings["balanceInterval"],
            MigrationDelayNanoseconds = settings["migrationDelay"],
        }));
}
