using Vee.Machines.Elf;
using Vee.Protocol;

namespace Vee.Agent.Guests;

/// <summary>Whether a program can be a machine's at all, before any memory is spent on it.</summary>
internal static class GuestImage
{
    /// <exception cref="Grpc.Core.RpcException">INVALID_IMAGE or WRONG_ARCHITECTURE.</exception>
    internal static void Check(ReadOnlyMemory<byte> program)
    {
        var image = ElfImage.TryParse(program, out var refusal);
        if (image is null)
        {
            throw Refused.Invalid(
                $"the image cannot be run: {refusal}",
                ElfImage.IsForAnotherProcessor(program.Span) ? Refusal.WrongArchitecture : Refusal.InvalidImage);
        }

        if (image.Interpreter is { } path)
        {
            throw Refused.Invalid(
                $"the image needs the dynamic linker {path}, and a machine has no files: link it statically",
                Refusal.InvalidImage);
        }
    }
}
