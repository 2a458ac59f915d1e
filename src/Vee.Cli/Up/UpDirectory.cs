using System.Text.Json;

namespace Vee.Cli.Up;

/// <summary>The data directory of <c>vee up</c>: where everything is, and the lock that says who uses it.</summary>
internal sealed class UpDirectory(string root)
{
    /// <summary>What a start writes, with certificates, logs and the first objects.</summary>
    private const int RoomBytesMin = 2 << 20;

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>What is used when the user names none: below XDG_STATE_HOME, or ~/.local/state.</summary>
    public static string Default => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state
            ? state
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"),
        "vee");

    public string Root { get; } = Path.GetFullPath(root);

    public string Kubeconfig => Path.Combine(Root, "kubeconfig");

    public string ControlPlane => Path.Combine(Root, "control-plane");

    public string Pki => Path.Combine(Root, "pki");

    public string Logs => Path.Combine(Root, "logs");

    public string LogOf(string process) => Path.Combine(Logs, process + ".log");

    public string AgentData(string agent) => Path.Combine(Root, "agents", agent);

    private string Lock => Path.Combine(Root, "up.lock");

    private string Record => Path.Combine(Root, "up.json");

    /// <summary>Makes the directory, for its owner alone.</summary>
    /// <exception cref="UpException">It cannot be made.</exception>
    public void Create()
    {
        try
        {
            Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Directory.CreateDirectory(Logs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpException($"{Root} cannot be made: {e.Message} Use another directory with --data.");
        }
    }

    /// <summary>Makes sure that there is room for a start, while somebody can still be told.</summary>
    /// <exception cref="UpException">There is none, or nothing can be written.</exception>
    public void RequireRoom()
    {
        var path = Path.Combine(Root, "up.room");
        try
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            file.Write(new byte[RoomBytesMin]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpException(
                $"{Root} cannot be written: {e.Message} Make room (2 MiB at least), or use another directory with "
                + "--data.");
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Keeps the log of the process before beside that of the next.</summary>
    public static void PutAside(string log)
    {
        if (File.Exists(log))
        {
            File.Move(log, log + ".before", overwrite: true);
        }
    }

    /// <summary>Takes the directory; it is free again when the result is disposed, or its process ends.</summary>
    /// <returns>Null when another process has it.</returns>
    public FileStream? TryLock()
    {
        try
        {
            return new FileStream(Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(Lock))
        {
            return null;
        }
    }

    /// <summary>Whether a supervisor has the directory.</summary>
    public bool IsLocked()
    {
        if (!File.Exists(Lock))
        {
            return false;
        }

        using var taken = TryLock();
        return taken is null;
    }

    /// <summary>What the supervisor last said; null when it has said nothing yet.</summary>
    public UpRecord? ReadRecord()
    {
        try
        {
            return JsonSerializer.Deserialize<UpRecord>(File.ReadAllBytes(Record), Readable);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException)
        {
            // Cut off by a full disk or written by another version: as good as none.
            return null;
        }
    }

    /// <summary>Adds to the record of a process why it ended, if there is a record and room for more.</summary>
    public void TryWriteFailure(int supervisor, string failure)
    {
        if (ReadRecord() is not { } record || record.Supervisor != supervisor)
        {
            return;
        }

        try
        {
            WriteRecord(record with { Failure = failure });
        }
        catch (IOException)
        {
            // A full disk, likely the failure itself: it is in the log too, or on the terminal.
        }
    }

    /// <summary>Replaces the record as a whole.</summary>
    public void WriteRecord(UpRecord record)
    {
        var fresh = Record + ".new";
        File.WriteAllBytes(fresh, JsonSerializer.SerializeToUtf8Bytes(record, Readable));
        File.Move(fresh, Record, overwrite: true);
    }
}
