namespace Vee.Layers.Canary.Edges;

internal sealed record SeesKubernetes(k8s.Pod Pod);

internal sealed record SeesGrpc(Grpc.Channel Channel);

internal sealed record SeesProtobuf(Google.Protobuf.Message Message);

internal sealed record SeesSqlite(Microsoft.Data.Sqlite.Connection Connection);

internal sealed record SeesTheTerminal(Spectre.Console.Table Table);

internal sealed record SeesTheCommandLine(System.CommandLine.Command Command);

internal sealed class WritesToTheConsole
{
    internal static void Write() => Console.WriteLine("planted");
}
