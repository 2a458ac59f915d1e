using k8s.Models;
using Vee.Api;
using Vee.Api.VirtualMachines;
using Vee.ControllerRuntime;
using Vee.ControllerRuntime.Informers;
using Vee.Operator.Images;
using Xunit;

namespace Vee.Operator.Tests.Images;

public sealed class ImageResolverTests
{
    private static readonly BuiltinImages Builtins = new();

    [Fact]
    public void A_builtin_program_is_found_by_name_and_known_by_its_digest()
    {
        var found = Resolve(new ImageSpec { Builtin = "hello" });
        Assert.Equal(Builtins.Find("hello")!.Digest, found.Image!.Digest);
        Assert.Equal(("builtin:hello", "hello"), (found.Source, found.Image.ProgramName));
    }

    [Fact]
    public void An_unknown_builtin_is_told_what_there_is()
    {
        var found = Resolve(new ImageSpec { Builtin = "nothing" });
        Assert.Equal(Reasons.ImageNotFound, found.Reason);
        Assert.Contains("kvstore", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_digest_that_differs_is_refused_with_both()
    {
        var wanted = "sha256:" + new string('0', 64);
        var found = Resolve(new ImageSpec { Builtin = "hello", Digest = wanted });
        Assert.Equal(Reasons.ImageDigestMismatch, found.Reason);
        Assert.Contains(wanted, found.Message, StringComparison.Ordinal);
        Assert.Contains(Builtins.Find("hello")!.Digest, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_digest_that_it_has_is_accepted() =>
        Assert.NotNull(Resolve(new ImageSpec { Builtin = "hello", Digest = Builtins.Find("hello")!.Digest }).Image);

    [Fact]
    public void A_program_in_a_ConfigMap_is_found_and_follows_it()
    {
        var store = new OneConfigMap(Map("1", "p", Builtins.Find("hello")!.Bytes.ToArray()));
        var first = Resolve(ConfigMap("programs", "p"), store);
        Assert.Equal(Builtins.Find("hello")!.Digest, first.Image!.Digest);
        Assert.Equal("configmap:programs/p", first.Source);
        store.Map = Map("2", "p", Builtins.Find("writer")!.Bytes.ToArray());
        Assert.Equal(Builtins.Find("writer")!.Digest, Resolve(ConfigMap("programs", "p"), store).Image!.Digest);
    }

    [Theory]
    [InlineData("other", "p", "there is no ConfigMap default/other")]
    [InlineData("programs", "q", "ConfigMap default/programs has no key 'q' under binaryData")]
    public void What_is_missing_is_named(string map, string key, string message)
    {
        var found = Resolve(ConfigMap(map, key), new OneConfigMap(Map("1", "p", [1])));
        Assert.Equal((Reasons.ImageNotFound, message), (found.Reason, found.Message));
    }

    [Fact]
    public void Bytes_that_changed_since_the_decision_are_not_handed_out()
    {
        var store = new OneConfigMap(Map("1", "p", Builtins.Find("hello")!.Bytes.ToArray()));
        var resolver = new ImageResolver(Builtins, store);
        var machine = Machine(ConfigMap("programs", "p"));
        Assert.NotNull(resolver.BytesOf(machine, Builtins.Find("hello")!.Digest));
        store.Map = Map("2", "p", Builtins.Find("writer")!.Bytes.ToArray());
        Assert.Null(resolver.BytesOf(machine, Builtins.Find("hello")!.Digest));
    }

    private static Operator.Decisions.Machines.ImageResolution Resolve(ImageSpec image, OneConfigMap? store = null) =>
        new ImageResolver(Builtins, store ?? new OneConfigMap(null)).Resolve(Machine(image));

    private static VirtualMachine Machine(ImageSpec image) => new()
    {
        Metadata = new V1ObjectMeta { Name = "m", NamespaceProperty = "default" },
        Spec = new VirtualMachineSpec { Source = new SourceSpec { Image = image } },
    };

    private static ImageSpec ConfigMap(string name, string key) =>
        new() { ConfigMap = new ConfigMapImage { Name = name, Key = key } };

    private static V1ConfigMap Map(string version, string key, byte[] bytes) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = "programs",
            NamespaceProperty = "default",
            Uid = "u",
            ResourceVersion = version,
        },
        BinaryData = new Dictionary<string, byte[]> { [key] = bytes },
    };

    private sealed class OneConfigMap(V1ConfigMap? map) : IStore<V1ConfigMap>
    {
        public V1ConfigMap? Map { get; set; } = map;

        public int Count => Map is null ? 0 : 1;

        public V1ConfigMap? Get(ObjectKey key) =>
            Map is { } held && key == new ObjectKey("default", held.Metadata.Name) ? held : null;

        public IReadOnlyList<V1ConfigMap> List() => Map is null ? [] : [Map];

        public IReadOnlyList<V1ConfigMap> ByIndex(string index, string value) =>
            throw new ArgumentException("no index", nameof(index));
    }
}
