using Microsoft.Data.Sqlite;

namespace Vee.ControlPlane.Storage;

/// <summary>Opens the file of a store: makes its tables, checks what is there, sets how it is written.</summary>
internal static class StoreSchema
{
    /// <summary>Marks the file as one of ours: "VeeC".</summary>
    private const int ApplicationId = 0x56656543;

    /// <summary>Version of the tables. A file of a newer one is refused.</summary>
    private const int Version = 1;

    /// <summary>
    /// Objects are what is; changes are how it came to be, back to <c>meta.compacted</c>. Both are ordered by
    /// namespace/name, as lists are.
    /// </summary>
    private const string Tables = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE objects (
            resource TEXT NOT NULL, path TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            version INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (resource, path));
        CREATE INDEX objects_of_namespace ON objects (namespace);
        CREATE TABLE changes (
            version INTEGER PRIMARY KEY, resource TEXT NOT NULL, path TEXT NOT NULL, namespace TEXT NOT NULL,
            name TEXT NOT NULL, value BLOB, previous_version INTEGER NOT NULL, previous BLOB);
        CREATE INDEX changes_of_resource ON changes (resource, version);
        INSERT INTO meta VALUES ('revision', 1), ('compacted', 0);
        """;

    /// <summary>Opens a connection that every read and write may use.</summary>
    internal static SqliteConnection Connect(string file)
    {
        var connection = Open(file, SqliteOpenMode.ReadWriteCreate);

        // FULL makes every commit wait for the disk: what was acknowledged survives a power cut, not only a kill.
        Run(connection, "PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY;");
        return connection;
    }

    /// <summary>Reads the whole of a file, if there is one.</summary>
    /// <remarks>
    /// By a connection that cannot write: one that can would, when it is closed, move the log into the damaged file.
    /// Where there is no log, none is made either.
    /// </remarks>
    /// <exception cref="StoreException">Damaged, written by somebody else, or newer than this program.</exception>
    internal static void Check(string file)
    {
        if (!File.Exists(file))
        {
            return;
        }

        var source = File.Exists(file + "-wal") ? file : new Uri(file).AbsoluteUri + "?immutable=1";
        using var connection = Open(source, SqliteOpenMode.ReadOnly);
        if (!IsOurs(connection, file))
        {
            return;
        }

        var verdict = Text(connection, "PRAGMA quick_check(1)");
        if (verdict != "ok")
        {
            throw new StoreException(
                StoreFault.Unreadable,
                $"{file} is damaged: {verdict.Split('\n')[^1]}. {SqliteFaults.WhatToDo}");
        }
    }

    /// <summary>Makes the tables where there are none.</summary>
    internal static void Prepare(SqliteConnection connection, string file, long bytesMax)
    {
        var isOurs = IsOurs(connection, file);
        Run(connection, "PRAGMA journal_mode = WAL;");
        if (!isOurs)
        {
            Run(connection, $"""
                BEGIN IMMEDIATE;
                {Tables}
                PRAGMA application_id = {ApplicationId};
                PRAGMA user_version = {Version};
                COMMIT;
                """);
        }

        var pageBytes = Number(connection, "PRAGMA page_size");
        Run(connection, $"PRAGMA max_page_count = {Math.Max(16, bytesMax / pageBytes)};");
    }

    private static SqliteConnection Open(string source, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = source,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 10,
        }.ToString());
        connection.Open();
        return connection;
    }

    /// <returns>False when the file is empty.</returns>
    private static bool IsOurs(SqliteConnection connection, string file)
    {
        var application = Number(connection, "PRAGMA application_id");
        var version = Number(connection, "PRAGMA user_version");
        var isNew = application == 0 && version == 0 && Number(connection, "SELECT count(*) FROM sqlite_master") == 0;
        if (!isNew && application != ApplicationId)
        {
            throw new StoreException(StoreFault.Unreadable, $"{file} is a database of another program");
        }

        if (version > Version)
        {
            throw new StoreException(
                StoreFault.Unreadable,
                $"{file} has format {version}, this program reads up to {Version}: use a newer program");
        }

        return !isNew;
    }

    internal static long Number(SqliteConnection connection, string sql) =>
        Convert.ToInt64(Scalar(connection, sql), System.Globalization.CultureInfo.InvariantCulture);

    private static string Text(SqliteConnection connection, string sql) =>
        Convert.ToString(Scalar(connection, sql), System.Globalization.CultureInfo.InvariantCulture) ?? "";

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    internal static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
