using Microsoft.Data.Sqlite;

namespace Vee.ControlPlane.Storage;

/// <summary>The one connection that writes. Its methods are called by one caller at a time.</summary>
internal sealed class StoreWriter : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly SqliteCommand current;
    private readonly SqliteCommand any;
    private readonly SqliteCommand put;
    private readonly SqliteCommand delete;
    private readonly SqliteCommand log;
    private readonly SqliteCommand advance;
    private readonly SqliteCommand forget;
    private readonly SqliteCommand compacted;

    internal StoreWriter(SqliteConnection connection)
    {
        this.connection = connection;
        Revision = StoreSchema.Number(connection, "SELECT value FROM meta WHERE name = 'revision'");
        current = Command(
            "SELECT version, value FROM objects WHERE resource = $resource AND path = $path", "$resource", "$path");
        any = Command("SELECT 1 FROM objects WHERE namespace = $namespace LIMIT 1", "$namespace");
        put = Command(
            "INSERT INTO objects VALUES ($resource, $path, $namespace, $name, $version, $value) "
            + "ON CONFLICT (resource, path) DO UPDATE SET version = excluded.version, value = excluded.value",
            "$resource", "$path", "$namespace", "$name", "$version", "$value");
        delete = Command(
            "DELETE FROM objects WHERE resource = $resource AND path = $path", "$resource", "$path");
        log = Command(
            "INSERT INTO changes VALUES ($version, $resource, $path, $namespace, $name, $value, $was, $previous)",
            "$version", "$resource", "$path", "$namespace", "$name", "$value", "$was", "$previous");
        advance = Command("UPDATE meta SET value = $version WHERE name = 'revision'", "$version");
        forget = Command("DELETE FROM changes WHERE version <= $version", "$version");
        compacted = Command("UPDATE meta SET value = $version WHERE name = 'compacted'", "$version");
    }

    /// <summary>The version of the newest write.</summary>
    internal long Revision { get; private set; }

    /// <summary>Writes if nothing that the write depends on has changed.</summary>
    internal (WriteResult Result, Change? Change) Apply(Write write)
    {
        var applied = Transact(() => ApplyNow(write));
        Revision = applied.Change?.Version ?? Revision;
        return applied;
    }

    /// <summary>Forgets the changes up to a version.</summary>
    internal void Compact(long version)
    {
        Transact(() =>
        {
            Execute(forget, version);
            Execute(compacted, version);
            return true;
        });
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[current, any, put, delete, log, advance, forget, compacted])
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    private (WriteResult Result, Change? Change) ApplyNow(Write write)
    {
        var (version, previous) = Current(write.Key);
        if (version != write.ExpectedVersion)
        {
            return (new(WriteOutcome.Stale, 0), null);
        }

        if ((write.Guard is { } guard && Current(guard.Key).Version != guard.Version)
            || (write.EmptyNamespace is { } ns && HasAny(ns)))
        {
            return (new(WriteOutcome.GuardFailed, 0), null);
        }

        var change = new Change(write.Key, checked(Revision + 1), write.Value, previous);
        Store(change);
        Log(change, version);
        Execute(advance, change.Version);
        return (new(WriteOutcome.Committed, change.Version), change);
    }

    /// <summary>All of it happens, or nothing.</summary>
    private T Transact<T>(Func<T> body)
    {
        StoreSchema.Run(connection, "BEGIN IMMEDIATE");
        var isCommitted = false;
        try
        {
            var result = body();
            StoreSchema.Run(connection, "COMMIT");
            isCommitted = true;
            return result;
        }
        finally
        {
            if (!isCommitted)
            {
                RollBack();
            }
        }
    }

    private void RollBack()
    {
        try
        {
            StoreSchema.Run(connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself, as it does when the disk is full.
        }
    }

    private (long Version, byte[]? Value) Current(ObjectKey key)
    {
        Bind(current, key.Resource, key.Path);
        using var rows = current.ExecuteReader();
        return rows.Read() ? (rows.GetInt64(0), rows.GetFieldValue<byte[]>(1)) : (0, null);
    }

    private bool HasAny(string ns)
    {
        Bind(any, ns);
        return any.ExecuteScalar() is not null;
    }

    private void Store(Change change)
    {
        var key = change.Key;
        if (change.Value is null)
        {
            Execute(delete, key.Resource, key.Path);
        }
        else
        {
            Execute(put, key.Resource, key.Path, key.Namespace, key.Name, change.Version, change.Value);
        }
    }

    private void Log(Change change, long was)
    {
        var key = change.Key;
        Execute(
            log, change.Version, key.Resource, key.Path, key.Namespace, key.Name,
            (object?)change.Value ?? DBNull.Value, was, (object?)change.Previous ?? DBNull.Value);
    }

    private static void Execute(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        Bind(command, values);
        command.ExecuteNonQuery();
    }

    private static void Bind(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }
    }

    private SqliteCommand Command(string sql, params string[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var parameter in parameters)
        {
            command.Parameters.AddWithValue(parameter, "");
        }

        return command;
    }
}
