namespace Vee.Machines.Linux.Files;

/// <summary>The descriptors of a process and the open file descriptions that they refer to.</summary>
internal sealed partial class FileTable(Process process)
{
    private readonly SortedDictionary<long, OpenFile> descriptions = [];
    private readonly List<Descriptor> descriptors = [];
    private long lastId;

    // No descriptor below this one is free.
    private int firstFree;

    /// <summary>One entry of the descriptor table; no file means that the number is free.</summary>
    private readonly record struct Descriptor(OpenFile? File, bool CloseOnExec);

    /// <summary>Every open file description, by id.</summary>
    internal IReadOnlyDictionary<long, OpenFile> Descriptions => descriptions;

    /// <summary>Descriptors that are in use, ascending.</summary>
    internal IEnumerable<int> Numbers
    {
        get
        {
            for (var number = 0; number < descriptors.Count; number++)
            {
                if (descriptors[number].File is not null)
                {
                    yield return number;
                }
            }
        }
    }

    /// <summary>One more than the highest descriptor (RLIMIT_NOFILE).</summary>
    internal ulong Limit => Math.Min(process.Limits.OpenFiles, DescriptorsMax);

    /// <summary>One more than the highest descriptor that was ever open.</summary>
    internal int End => descriptors.Count;

    /// <summary>Whether one more descriptor can be had; calls that make something check before they make it.</summary>
    internal bool HasRoom
    {
        get
        {
            while (firstFree < descriptors.Count && descriptors[firstFree].File is not null)
            {
                firstFree++;
            }

            return (ulong)firstFree < Limit;
        }
    }

    /// <summary>Finds what a descriptor refers to.</summary>
    internal bool TryGet(int number, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OpenFile? file)
    {
        file = number >= 0 && number < descriptors.Count ? descriptors[number].File : null;
        return file is not null;
    }

    /// <summary>Whether a descriptor closes on exec.</summary>
    internal bool GetCloseOnExec(int number) => descriptors[number].CloseOnExec;

    /// <summary>Changes whether an open descriptor closes on exec.</summary>
    internal void SetCloseOnExec(int number, bool value) =>
        descriptors[number] = descriptors[number] with { CloseOnExec = value };

    /// <summary>The thread whose call is carried out: signalfds read its signals.</summary>
    internal Threads.GuestThread? Caller { get; set; }

    /// <summary>A number above all that were given out, for what must keep its order in a saved machine.</summary>
    internal long NextSequence() => ++lastId;

    /// <summary>Gives a new description its identity.</summary>
    internal T Register<T>(T file)
        where T : OpenFile
    {
        file.Id = ++lastId;
        descriptions.Add(file.Id, file);
        return file;
    }

    /// <summary>Gives a registered description the lowest free descriptor that is not below <paramref
    /// name="minimum"/>.</summary>
    /// <returns>The descriptor, or EMFILE; then a description without other references is closed.</returns>
    internal SyscallResult Install(OpenFile file, bool closeOnExec = false, int minimum = 0)
    {
        var number = Math.Max(minimum, firstFree);
        while (number < descriptors.Count && descriptors[number].File is not null)
        {
            number++;
        }

        AddReference(file);
        if ((ulong)number >= Limit)
        {
            Release(file);
            return Errno.EMFILE;
        }

        firstFree = minimum <= firstFree ? number + 1 : firstFree;
        Put(number, new Descriptor(file, closeOnExec));
        return number;
    }

    /// <summary>Makes a descriptor refer to a file, closing what it referred to before (dup3).</summary>
    internal void Replace(int number, OpenFile file, bool closeOnExec)
    {
        AddReference(file);
        Close(number);
        Put(number, new Descriptor(file, closeOnExec));
    }

    /// <summary>Frees a descriptor.</summary>
    internal SyscallResult Close(int number)
    {
        if (!TryGet(number, out var file))
        {
            return Errno.EBADF;
        }

        descriptors[number] = default;
        firstFree = Math.Min(firstFree, number);
        Release(file);
        return 0;
    }

    /// <summary>Counts one more reference to a description, such as one in a message in flight.</summary>
    internal static void AddReference(OpenFile file) => file.References++;

    /// <summary>Drops a reference; the last one closes the description.</summary>
    internal void Release(OpenFile file)
    {
        if (--file.References == 0)
        {
            descriptions.Remove(file.Id);
            file.LeaveWatchers();
            file.Close();
        }
    }

    private void Put(int number, Descriptor descriptor)
    {
        while (descriptors.Count <= number)
        {
            descriptors.Add(default);
        }

        descriptors[number] = descriptor;
    }
}
