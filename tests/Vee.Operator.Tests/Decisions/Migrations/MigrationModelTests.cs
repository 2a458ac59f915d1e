using Vee.Api.Migrations;
using Xunit;

namespace Vee.Operator.Tests.Decisions.Migrations;

/// <summary>
/// What the decisions about machines and migrations come to together, whatever happens to agents and operator.
/// </summary>
public sealed class MigrationModelTests(ITestOutputHelper output)
{
    private const int Worlds = 2000;
    private const int EventsOfEach = 150;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void A_machine_never_executes_twice_and_ends_as_its_spec_asks(int seed, bool mayDelete)
    {
        var (moved, lost) = (0, 0);
        for (var number = 0; number < Worlds; number++)
        {
            var worldSeed = (seed * Worlds) + number;
            var world = new ModelWorld(new Random(worldSeed));
            for (var happened = 0; happened < EventsOfEach; happened++)
            {
                var wasFinalized = world.IsFinalized;
                world.Happen(mayDelete);
                Assert.True(
                    wasFinalized || !world.IsFinalized || world.Held == 0,
                    $"seed {worldSeed}: {world.Held} left behind after {happened + 1} events");
                Assert.True(world.Executing <= 1, $"seed {worldSeed}: twice after {happened + 1} events");
                Assert.False(world.HasDeletedPages, $"seed {worldSeed}: needed pages deleted at {happened + 1}");
            }

            world.Settle();
            var said = $"seed {worldSeed}: {world}";
            var isDeleted = world.Machine.Metadata.DeletionTimestamp is not null;
            Assert.True(world.IsFinalized == isDeleted, $"an object that stays, {said}");
            Assert.True(world.Executing == (isDeleted ? 0 : 1), $"{world.Executing} execute, {said}");
            Assert.True(
                isDeleted || world.Machine.Status!.Migration is null, $"a record that stays, {said}");
            Assert.True(
                isDeleted || world.Migration is not { } migration
                || MigrationPhases.IsFinal(migration.Status?.Phase),
                $"a migration that stays, {said}");
            lost += world.LossCount;
            moved += world.Migration?.Status?.Phase == MigrationPhases.Succeeded ? 1 : 0;
        }

        output.WriteLine($"seed {seed}: {moved} of {Worlds} had moved last, {lost} had lost pages");
        Assert.True(lost > 0, $"seed {seed}: no pages were lost, which shows nothing");
        Assert.True(moved > Worlds / 10, $"seed {seed}: only {moved} moved, which shows nothing");
    }
}
