using Vee.Machines.Isa;
using Xunit;

namespace Vee.Machines.Tests.Isa;

public sealed class InstructionClassesTests
{
    [Fact]
    public void Every_opcode_has_a_class()
    {
        foreach (var opcode in Enum.GetValues<Opcode>())
        {
            Assert.True(Enum.IsDefined(InstructionClasses.Of(opcode)), $"{opcode}");
        }
    }

    [Fact]
    public void Every_class_has_an_opcode() => Assert.Equal(
        Enum.GetValues<InstructionClass>(),
        Enum.GetValues<Opcode>().Select(InstructionClasses.Of).Distinct().Order());

    [Theory]
    [InlineData(Opcode.Illegal, InstructionClass.System)]
    [InlineData(Opcode.Auipc, InstructionClass.Arithmetic)]
    [InlineData(Opcode.Sraw, InstructionClass.Arithmetic)]
    [InlineData(Opcode.Mulw, InstructionClass.Multiply)]
    [InlineData(Opcode.Remuw, InstructionClass.Divide)]
    [InlineData(Opcode.Fld, InstructionClass.Load)]
    [InlineData(Opcode.Fsw, InstructionClass.Store)]
    [InlineData(Opcode.Bgeu, InstructionClass.Branch)]
    [InlineData(Opcode.Jalr, InstructionClass.Jump)]
    [InlineData(Opcode.LrD, InstructionClass.Atomic)]
    [InlineData(Opcode.FclassD, InstructionClass.FloatMove)]
    [InlineData(Opcode.FcvtSD, InstructionClass.FloatAdd)]
    [InlineData(Opcode.FnmaddS, InstructionClass.FloatMultiply)]
    [InlineData(Opcode.FsqrtD, InstructionClass.FloatDivide)]
    [InlineData(Opcode.SfenceVma, InstructionClass.System)]
    public void Opcode_has_the_class_of_its_kind(Opcode opcode, InstructionClass expected) =>
        Assert.Equal(expected, InstructionClasses.Of(opcode));
}
