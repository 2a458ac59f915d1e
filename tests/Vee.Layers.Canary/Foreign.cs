// Stand-ins for packages that only some projects may see. The rules go by namespace, so no package is needed.
#pragma warning disable MA0047, IDE0130
namespace k8s
{
    internal sealed class Pod;
}

namespace Grpc
{
    internal sealed class Channel;
}

namespace Google.Protobuf
{
    internal sealed class Message;
}

namespace Microsoft.Data.Sqlite
{
    internal sealed class Connection;
}

namespace Microsoft.Extensions.Logging
{
    internal sealed class Logger;
}

namespace Spectre.Console
{
    internal sealed class Table;
}

namespace System.CommandLine
{
    internal sealed class Command;
}
