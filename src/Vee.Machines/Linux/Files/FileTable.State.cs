using Vee.Machines.State;

namespace Vee.Machines.Linux.Files;

// Standard streams, notifications from outside, and saving and restoring.
internal sealed partial class FileTable
{
    private const uint StateVersion = 1;

    /// <summary>Descriptors at most, whatever RLIMIT_NOFILE says (fs.nr_open).</summary>
    internal const int DescriptorsMax = 1 << 20;

    /// <summary>Descriptions at most: all descriptors, and as many in messages and mappings.</summary>
    private const int DescriptionsMax = 2 * DescriptorsMax;

    /// <summary>Opens descriptors 0, 1 and 2 on the console.</summary>
    internal void InstallStandardStreams()
    {
        for (var stream = 0; stream < 3; stream++)
        {
            var node = process.FileSystem.ConsoleNode(stream);
            var flags = node.IsTerminal ? OpenFlags.ReadWrite : stream == 0 ? OpenFlags.ReadOnly : OpenFlags.WriteOnly;
            Replace(stream, Register(new ConsoleFile(process, node, "/dev/pts/0") { Flags = flags }),
                closeOnExec: false);
        }
    }

    /// <summary>The console has input, or none will come: its readers look again.</summary>
    internal void NotifyConsole() => NotifyAll<ConsoleFile>();

    /// <summary>A signal has become pending: readers of signalfds look again.</summary>
    internal void NotifySignals() => NotifyAll<SignalFile>();

    internal void Save(StateWriter state) => state.Section("files", StateVersion, writer =>
    {
        writer.Int64("lastId", lastId);
        writer.List("descriptions", descriptions.Values, (item, file) =>
        {
            item.Int64("id", file.Id);
            item.Text("kind", file.StateKind);
            item.UInt64("flags", (ulong)file.Flags);
            item.UInt64("eventCount", file.EventCount);
            file.Save(item);
        });
        writer.List("descriptors", [.. Numbers], (item, number) =>
        {
            item.Int64("number", number);
            item.Int64("description", descriptors[number].File!.Id);
            item.Boolean("closeOnExec", descriptors[number].CloseOnExec);
        });
    });

    /// <summary>
    /// Replaces all descriptions and descriptors by those of a state. References from elsewhere (messages in flight,
    /// mappings) are added by their owners, also in <see cref="OpenFile.Connect"/>; then comes
    /// <see cref="CompleteRestore"/>.
    /// </summary>
    internal void Restore(StateReader state) => state.Section("files", StateVersion, reader =>
    {
        descriptions.Clear();
        descriptors.Clear();
        firstFree = 0;
        lastId = reader.Int64("lastId", 0, long.MaxValue - DescriptionsMax);
        reader.List("descriptions", DescriptionsMax, (item, _) => RestoreDescription(item));
        foreach (var file in descriptions.Values)
        {
            file.Connect(reader);
        }

        var previous = -1;
        reader.List("descriptors", DescriptorsMax, (item, _) =>
        {
            previous = item.Int32("number", previous + 1, DescriptorsMax - 1);
            var id = item.Int64("description");
            if (!descriptions.TryGetValue(id, out var file))
            {
                throw item.Refuse("description", $"no open file {id}");
            }

            AddReference(file);
            Put(previous, new Descriptor(file, item.Boolean("closeOnExec")));
        });
    });

    /// <summary>Checks that something refers to every description, when everything else is restored.</summary>
    internal void CompleteRestore(StateReader state)
    {
        foreach (var file in descriptions.Values)
        {
            if (file.References == 0)
            {
                throw state.Refuse("descriptions", $"nothing refers to open file {file.Id}");
            }
        }

        process.FileSystem.CompleteRestore();
    }

    private void RestoreDescription(StateReader state)
    {
        var id = state.Int64("id", 1, lastId);
        var kind = state.Text("kind", 32);
        var flags = state.UInt64("flags", uint.MaxValue);
        var eventCount = state.UInt64("eventCount");
        var factory = OpenFileKinds.Find(kind) ?? throw state.Refuse("kind", $"'{kind}' is no kind of open file");
        var file = factory(process, state);
        file.Id = id;
        file.Flags = (OpenFlags)flags;
        file.RestoreEventCount(eventCount);
        if (!descriptions.TryAdd(id, file))
        {
            throw state.Refuse("id", $"open file {id} occurs twice");
        }
    }

    private void NotifyAll<T>()
        where T : OpenFile
    {
        foreach (var file in descriptions.Values.OfType<T>().ToArray())
        {
            file.Notify();
        }
    }
}
