using System.Collections.Concurrent;
using k8s.Models;
using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Informers;
using Vee.Operator.Decisions.Machines;

namespace Vee.Operator.Images;

/// <summary>Finds the program that a machine names, and checks its digest and header.</summary>
internal sealed class ImageResolver(BuiltinImages builtins, IStore<V1ConfigMap> configMaps)
{
    /// <summary>Programs of ConfigMaps that are remembered at once.</summary>
    private const int RememberedMax = 256;
    private readonly ConcurrentDictionary<(string Uid, string Version, string Key), ProgramBytes> remembered = new();

    /// <summary>What a decision has to know of the program.</summary>
    public ImageResolution Resolve(VirtualMachine machine)
    {
        var image = machine.Spec.Source.Image;
        var source = SourceOf(image);
        var (program, reason, message) = Find(machine, image);
        if (program is null)
        {
            return ImageResolution.Failed(source, reason, message);
        }

        if (image?.Digest is { } wanted && wanted != program.Digest)
        {
            return ImageResolution.Failed(
                source, Reasons.ImageDigestMismatch,
                $"{source} has digest {program.Digest}, and {wanted} is asked for");
        }

        return ElfHeader.Refuse(program.Bytes.Span) is { } refusal
            ? ImageResolution.Failed(source, refusal.Reason, $"{source}: {refusal.Message}")
            : ImageResolution.Found(source, new ResolvedImage(program.Digest, ProgramNameOf(image)));
    }

    /// <summary>The bytes of the program that a machine names; null when they no longer have the digest.</summary>
    public ProgramBytes? BytesOf(VirtualMachine machine, string digest) =>
        Find(machine, machine.Spec.Source.Image).Program is { } program && program.Digest == digest ? program : null;

    private static string SourceOf(ImageSpec? image) => image switch
    {
        { Builtin: { } name } => $"builtin:{name}",
        { ConfigMap: { } entry } => $"configmap:{entry.Name}/{entry.Key}",
        _ => "",
    };

    private static string ProgramNameOf(ImageSpec? image) => image?.Builtin ?? image?.ConfigMap?.Key ?? "program";

    private (ProgramBytes? Program, string Reason, string Message) Find(VirtualMachine machine, ImageSpec? image) =>
        image switch
        {
            { Builtin: { } name } => builtins.Find(name) is { } builtin
                ? (builtin, "", "")
                : (null, Reasons.ImageNotFound,
                    $"there is no builtin program '{name}'; there are {string.Join(", ", builtins.Names)}"),
            { ConfigMap: { } entry } => FindIn(machine.Metadata.NamespaceProperty, entry),
            _ => (null, Reasons.ImageNotFound, "spec.source names no program"),
        };

    private (ProgramBytes? Program, string Reason, string Message) FindIn(string space, ConfigMapImage entry)
    {
        if (configMaps.Get(new ObjectKey(space, entry.Name)) is not { } map)
        {
            return (null, Reasons.ImageNotFound, $"there is no ConfigMap {space}/{entry.Name}");
        }

        if (map.BinaryData is null || !map.BinaryData.TryGetValue(entry.Key, out var bytes))
        {
            return (null, Reasons.ImageNotFound,
                $"ConfigMap {space}/{entry.Name} has no key '{entry.Key}' under binaryData");
        }

        var key = (map.Metadata.Uid, map.Metadata.ResourceVersion, entry.Key);
        if (!remembered.TryGetValue(key, out var program))
        {
            program = ProgramBytes.Of(bytes);
            if (remembered.Count >= RememberedMax)
            {
                remembered.Clear();
            }

            remembered[key] = program;
        }

        return (program, "", "");
    }
}
