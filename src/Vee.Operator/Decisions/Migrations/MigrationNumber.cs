using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Vee.Api.Migrations;
using Vee.Api.VirtualMachines;

namespace Vee.Operator.Decisions.Migrations;

/// <summary>
/// Numbers of attempts: the same whoever asks, so that another operator finds what one that died has begun.
/// </summary>
internal static class MigrationNumber
{
    private const long Max = (1L << 53) - 1;

    /// <summary>The number of an attempt, 1 to 2^53 - 1; no two attempts of any migrations have one.</summary>
    /// <param name="migration">The object, by its uid.</param>
    /// <param name="attempt">From 1.</param>
    public static long Of(VirtualMachineMigration migration, int attempt)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{migration.Metadata.Uid}/{attempt}"));
        return Math.Max(1, BinaryPrimitives.ReadInt64LittleEndian(hash) & Max);
    }

    /// <summary>Whether a record is of this object's current attempt, or of the next one.</summary>
    public static bool IsOf(MigrationRecord record, VirtualMachineMigration migration) =>
        record.Name == migration.Metadata.Name
        && (record.Number == migration.Status?.Number
            || record.Number == Of(migration, (migration.Status?.Attempts ?? 0) + 1));
}
