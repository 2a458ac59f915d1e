using Microsoft.Data.Sqlite;

namespace Vee.ControlPlane.Storage;

/// <summary>Says in the store's words what SQLite reports as a number.</summary>
/// <remarks>Source: https://www.sqlite.org/rescode.html.</remarks>
internal static class SqliteFaults
{
    internal const string WhatToDo = "Put a copy in its place, or move it away to begin with an empty store";

    private const int IoError = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int NotADatabase = 26;

    internal static StoreException From(SqliteException exception, string file) => exception.SqliteErrorCode switch
    {
        Full => new(StoreFault.Full, $"the disk or the limit of the store {file} is full", exception),
        Corrupt or NotADatabase => new(
            StoreFault.Unreadable, $"{file} is damaged or is no store: {exception.Message} {WhatToDo}", exception),
        IoError => new(StoreFault.Disk, $"{file} could not be read or written: {exception.Message}", exception),
        _ => new(StoreFault.Disk, $"{file}: {exception.Message}", exception),
    };
}
