using Google.Protobuf.Collections;
using Vee.Agent.Guests;
using Vee.Hypervisor.Scheduling;
using Vee.Protocol;
using Wire = Vee.Protocol;

namespace Vee.Agent.Services;

/// <summary>From messages to what the agent works with; whatever is outside the bounds is refused.</summary>
internal static class Requests
{
    private const long MebiByte = 1L << 20;
    private const long MachineBytesMax = 64L << 30;
    private const int VcpusMax = 64;
    private const int TextsMax = 256;
    private const int TextCharactersMax = 8192;
    private const int TextsTotalMax = 1 << 20;
    private const int PortsMax = 32;
    private const int CapPercentMax = VcpusMax * 100;
    private const int ConsoleBytesMin = 4096;
    private const int ConsoleBytesMax = 16 << 20;

    internal static (string Uid, long Instance) Instance(string uid, long instance) =>
        (Checked.Uid("uid", uid), Checked.Range("instance", instance, 1, long.MaxValue));

    internal static GuestSpec Machine(CreateMachineRequest request)
    {
        var (uid, instance) = Instance(request.Uid, request.Instance);
        if (request.Type != MachineType.Process)
        {
            throw Refused.Invalid(
                $"machines of type {request.Type} are not offered here", Refusal.MachineTypeUnsupported);
        }

        var arguments = Texts("arguments", request.Arguments);
        var environment = Texts("environment", request.Environment);
        if (environment.FirstOrDefault(text => text.IndexOf('=', StringComparison.Ordinal) < 1) is { } nameless)
        {
            throw Refused.Invalid($"environment must be NAME=VALUE, not '{nameless}'");
        }

        // Arguments and environment share a part of the guest's stack.
        if (arguments.Concat(environment).Sum(System.Text.Encoding.UTF8.GetByteCount) > TextsTotalMax)
        {
            throw Refused.Invalid($"arguments and environment must have at most {TextsTotalMax} bytes together");
        }

        return new GuestSpec
        {
            Uid = uid,
            Instance = instance,
            Namespace = Checked.Text("namespace", request.Namespace, Checked.NameCharactersMax),
            Name = Checked.Text("name", request.Name, Checked.NameCharactersMax),
            HostUid = Checked.Uid("host_uid", request.HostUid),
            ImageDigest = Checked.Digest("image_digest", request.ImageDigest),
            ProgramName = request.ProgramName.Length > 0
                ? Checked.Text("program_name", request.ProgramName, Checked.NameCharactersMax)
                : throw Refused.Invalid("program_name is missing"),
            VcpuCount = Checked.Range("vcpu_count", request.VcpuCount, 1, VcpusMax),
            MemoryBytes = Checked.Range("memory_bytes", request.MemoryBytes, MebiByte, MachineBytesMax),
            Arguments = arguments,
            Environment = environment,
            Seed = request.Seed,
            Ports = Ports(request.Ports),
            ConsoleLogBytes = Checked.Range(
                "console_log_bytes", request.ConsoleLogBytes, ConsoleBytesMin, ConsoleBytesMax),
            IsTerminal = request.Terminal,
            SpecHash = Checked.Text("spec_hash", request.SpecHash, Checked.NameCharactersMax),
            NetworkAddress = request.NetworkAddress == Gateways.Gateway.PeerAddress
                ? throw Refused.Invalid("network_address is the gateway's")
                : request.NetworkAddress,
            Weight = Checked.Range("weight", request.Weight, 0, SchedulingDomain.WeightMax) is > 0 and var weight
                ? weight : SchedulingDomain.WeightDefault,
            CapPercent = Checked.Range("cap_percent", request.CapPercent, 0, CapPercentMax),
        };
    }

    private static string[] Texts(string field, RepeatedField<string> texts)
    {
        Checked.Count(field, texts.Count, TextsMax);
        return [.. texts.Select((text, index) => Checked.Text($"{field}[{index}]", text, TextCharactersMax))];
    }

    private static Gateways.PublishedPort[] Ports(RepeatedField<Wire.PublishedPort> ports)
    {
        Checked.Count("ports", ports.Count, PortsMax);
        if (ports.Select(port => port.Name).Distinct(StringComparer.Ordinal).Count() != ports.Count)
        {
            throw Refused.Invalid("ports must have names of their own");
        }

        return
        [
            .. ports.Select((port, index) => new Gateways.PublishedPort(
                Checked.Text($"ports[{index}].name", port.Name, Checked.NameCharactersMax),
                Checked.Range($"ports[{index}].port", port.Port, 1, ushort.MaxValue),
                Checked.Range($"ports[{index}].agent_port", port.AgentPort, 0, ushort.MaxValue))),
        ];
    }
}
