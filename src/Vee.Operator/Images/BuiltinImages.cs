using System.Reflection;
using System.Security.Cryptography;

namespace Vee.Operator.Images;

/// <summary>The programs that the operator carries with it, by name.</summary>
internal sealed class BuiltinImages
{
    private const string Prefix = "Images.";
    private readonly Dictionary<string, ProgramBytes> images;

    public BuiltinImages()
    {
        var assembly = Assembly.GetExecutingAssembly();
        images = assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(n => n[Prefix.Length..], n => Read(assembly, n));
    }

    public IEnumerable<string> Names => images.Keys.Order();

    public ProgramBytes? Find(string name) => images.GetValueOrDefault(name);

    private static ProgramBytes Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"{resource} is listed and not there");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return ProgramBytes.Of(bytes.ToArray());
    }
}

/// <summary>A program's bytes and what they hash to.</summary>
/// <param name="Digest">"sha256:" and 64 hexadecimal digits.</param>
/// <param name="Bytes">The whole file.</param>
internal sealed record ProgramBytes(string Digest, ReadOnlyMemory<byte> Bytes)
{
    public static ProgramBytes Of(ReadOnlyMemory<byte> bytes) =>
        new("sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes.Span)), bytes);
}
