using Microsoft.Data.Sqlite;

namespace Vee.ControlPlane.Storage;

/// <summary>Reads one consistent state of the store. Belongs to one caller at a time.</summary>
internal sealed class StoreReader(SqliteConnection connection) : IDisposable
{
    private readonly SqliteCommand meta = Command(connection, "SELECT value FROM meta WHERE name = $name", "$name");
    private readonly SqliteCommand one = Command(
        connection, "SELECT namespace, name, version, value FROM objects WHERE resource = $resource AND path = $path",
        "$resource", "$path");
    private readonly SqliteCommand range = Command(
        connection,
        "SELECT namespace, name, version, value FROM objects "
        + "WHERE resource = $resource AND path > $after AND path < $before ORDER BY path",
        "$resource", "$after", "$before");
    private readonly SqliteCommand count = Command(
        connection, "SELECT count(*) FROM objects WHERE resource = $resource AND path > $after AND path < $before",
        "$resource", "$after", "$before");
    private readonly SqliteCommand undone = Command(
        connection,
        "SELECT namespace, name, previous_version, previous, path, min(version) FROM changes "
        + "WHERE resource = $resource AND version > $version AND path > $after AND path < $before "
        + "GROUP BY path ORDER BY path",
        "$resource", "$version", "$after", "$before");
    private readonly SqliteCommand changes = Command(
        connection,
        "SELECT namespace, name, version, value, previous FROM changes "
        + "WHERE resource = $resource AND version > $version ORDER BY version LIMIT $limit",
        "$resource", "$version", "$limit");
    private readonly SqliteCommand everything = Command(
        connection, "SELECT namespace, name, version, value, resource FROM objects ORDER BY resource, path");
    private readonly SqliteCommand inNamespace = Command(
        connection,
        "SELECT resource, name, version, value FROM objects WHERE namespace = $namespace ORDER BY resource, name",
        "$namespace");

    /// <summary>Comes after every path: no name has a byte this large.</summary>
    private const string End = "\U0010FFFF";

    /// <summary>The version of the newest write.</summary>
    internal long Revision => Meta("revision");

    /// <summary>States before this version can no longer be read.</summary>
    internal long Compacted => Meta("compacted");

    internal StoredObject? Get(ObjectKey key)
    {
        one.Parameters[0].Value = key.Resource;
        one.Parameters[1].Value = key.Path;
        using var rows = one.ExecuteReader();
        return rows.Read() ? Stored(key.Resource, rows) : null;
    }

    /// <summary>The objects of a resource in their order, read as they are asked for.</summary>
    /// <param name="resource">Which resource.</param>
    /// <param name="ns">Only this namespace; null for all.</param>
    /// <param name="after">Only paths after this one; empty for all.</param>
    /// <param name="version">The state at this version; 0 for the newest.</param>
    internal IEnumerable<StoredObject> List(string resource, string? ns, string after, long version)
    {
        var (from, before) = Range(ns, after);
        return version == 0 || version >= Revision
            ? Now(resource, from, before)
            : Then(resource, from, before, version);
    }

    /// <summary>How many objects <see cref="List"/> would give at the newest version.</summary>
    internal long Count(string resource, string? ns, string after)
    {
        var (from, before) = Range(ns, after);
        Bind(count, resource, from, before);
        return (long)count.ExecuteScalar()!;
    }

    /// <summary>The changes of a resource after a version, oldest first.</summary>
    internal List<Change> ChangesAfter(string resource, long version, int limit)
    {
        changes.Parameters[0].Value = resource;
        changes.Parameters[1].Value = version;
        changes.Parameters[2].Value = limit;
        var found = new List<Change>();
        using var rows = changes.ExecuteReader();
        while (rows.Read())
        {
            found.Add(new(
                new(resource, rows.GetString(0), rows.GetString(1)), rows.GetInt64(2), Blob(rows, 3), Blob(rows, 4)));
        }

        return found;
    }

    /// <summary>Everything in a namespace, of whatever resource.</summary>
    internal List<StoredObject> InNamespace(string ns)
    {
        inNamespace.Parameters[0].Value = ns;
        var found = new List<StoredObject>();
        using var rows = inNamespace.ExecuteReader();
        while (rows.Read())
        {
            found.Add(new(new(rows.GetString(0), ns, rows.GetString(1)), rows.GetInt64(2), Blob(rows, 3)!));
        }

        return found;
    }

    /// <summary>Every object there is.</summary>
    internal IEnumerable<StoredObject> Everything()
    {
        using var rows = everything.ExecuteReader();
        while (rows.Read())
        {
            yield return Stored(rows.GetString(4), rows);
        }
    }

    /// <summary>Runs a function on one state: nothing that is written meanwhile is seen.</summary>
    internal T Snapshot<T>(Func<StoreReader, T> read)
    {
        StoreSchema.Run(connection, "BEGIN");
        try
        {
            return read(this);
        }
        finally
        {
            StoreSchema.Run(connection, "COMMIT");
        }
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[meta, one, range, count, undone, changes, everything, inNamespace])
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    private IEnumerable<StoredObject> Now(string resource, string from, string before)
    {
        Bind(range, resource, from, before);
        using var rows = range.ExecuteReader();
        while (rows.Read())
        {
            yield return Stored(resource, rows);
        }
    }

    /// <summary>The newest state with every change after the version taken back.</summary>
    private IEnumerable<StoredObject> Then(string resource, string from, string before, long version)
    {
        var taken = new Queue<(string Path, StoredObject? Object)>(Undone(resource, from, before, version));
        foreach (var current in Now(resource, from, before))
        {
            var path = current.Key.Path;
            while (taken.TryPeek(out var next) && string.CompareOrdinal(next.Path, path) < 0)
            {
                taken.Dequeue();
                if (next.Object is not null)
                {
                    yield return next.Object;
                }
            }

            if (taken.TryPeek(out var same) && same.Path == path)
            {
                taken.Dequeue();
                if (same.Object is not null)
                {
                    yield return same.Object;
                }
            }
            else
            {
                yield return current;
            }
        }

        foreach (var (_, left) in taken)
        {
            if (left is not null)
            {
                yield return left;
            }
        }
    }

    private List<(string Path, StoredObject? Object)> Undone(string resource, string from, string before, long version)
    {
        undone.Parameters[0].Value = resource;
        undone.Parameters[1].Value = version;
        undone.Parameters[2].Value = from;
        undone.Parameters[3].Value = before;
        var found = new List<(string, StoredObject?)>();
        using var rows = undone.ExecuteReader();
        while (rows.Read())
        {
            found.Add((
                rows.GetString(4),
                Blob(rows, 3) is { } value
                    ? new(new(resource, rows.GetString(0), rows.GetString(1)), rows.GetInt64(2), value)
                    : null));
        }

        return found;
    }

    private static (string From, string Before) Range(string? ns, string after)
    {
        if (ns is null)
        {
            return (after, End);
        }

        // '0' is the byte after '/'.
        var from = $"{ns}/";
        return (string.CompareOrdinal(after, from) > 0 ? after : from, $"{ns}0");
    }

    private long Meta(string name)
    {
        meta.Parameters[0].Value = name;
        return (long)meta.ExecuteScalar()!;
    }

    private static void Bind(SqliteCommand command, string resource, string from, string before)
    {
        command.Parameters[0].Value = resource;
        command.Parameters[1].Value = from;
        command.Parameters[2].Value = before;
    }

    private static StoredObject Stored(string resource, SqliteDataReader rows) => new(
        new(resource, rows.GetString(0), rows.GetString(1)), rows.GetInt64(2), Blob(rows, 3)!);

    private static byte[]? Blob(SqliteDataReader rows, int column) =>
        rows.IsDBNull(column) ? null : rows.GetFieldValue<byte[]>(column);

    private static SqliteCommand Command(SqliteConnection connection, string sql, params string[] parameters)
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
