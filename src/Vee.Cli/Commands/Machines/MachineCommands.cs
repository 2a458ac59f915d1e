using System.CommandLine;
using Vee.Cli.Terminals;

namespace Vee.Cli.Commands.Machines;

/// <summary>The verbs that people type at machines of a cluster.</summary>
internal static class MachineCommands
{
    internal static void AddTo(Command root, StandardStreams streams)
    {
        var time = TimeProvider.System;
        root.Add(new ConsoleCommand(streams, time).Command);
        root.Add(new LogsCommand(streams, time).Command);
        foreach (var verb in Enum.GetValues<MachineVerb>())
        {
            root.Add(new ChangeCommand(verb, streams, time).Command);
        }

        root.Add(new MigrateCommand(streams, time).Command);
        root.Add(new TopCommand(streams, time).Command);
    }
}
