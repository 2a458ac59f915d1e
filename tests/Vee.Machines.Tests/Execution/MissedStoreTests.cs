using Vee.Machines.Execution;
using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Memory;
using Vee.Machines.Tests.Isa;
using Vee.Machines.Tests.Linux;
using Xunit;

namespace Vee.Machines.Tests.Execution;

/// <summary>
/// Stores of another hart to code that is being decoded. One that an engine could not notice is made here by writing
/// past it, straight into the arena.
/// </summary>
public sealed class MissedStoreTests
{
    private const Protection All = Protection.Read | Protection.Write | Protection.Execute;
    private static readonly uint Increment = Assembler.Encode(Opcode.Addi, 10, 10, immediate: 1);
    private static readonly uint AddHundred = Assembler.Encode(Opcode.Addi, 10, 10, immediate: 100);

    [Fact]
    public void Fence_makes_its_hart_decode_afresh()
    {
        using var fixture = new HartFixture(code: All).Program(Increment, HartFixture.Ebreak);
        fixture.Write(
            HartFixture.Code + 64,
            Assembler.Encode(Opcode.FenceI),
            Assembler.Encode(Opcode.Jal, immediate: -68));
        fixture.RunAt(HartFixture.Code + 64, 1000);
        Assert.Equal(1UL, fixture.Hart.GetX(10));

        WriteUnnoticed(fixture.Memory, HartFixture.Code);
        fixture.RunAt(HartFixture.Code + 64, 1000);

        Assert.Equal(101UL, fixture.Hart.GetX(10));
    }

    [Fact]
    public void Flush_call_makes_every_hart_decode_afresh()
    {
        const ulong code = 0x8_0000;
        using var linux = new LinuxHarness();
        Assert.True(linux.Memory.TryMap(code, PageNumber.Bytes, All));
        linux.Memory.TryWrite(code, BitConverter.GetBytes(Increment));
        linux.Memory.TryWrite(code + 4, BitConverter.GetBytes(HartFixture.Ebreak));
        using var first = new Engine(linux.Memory);
        using var second = new Engine(linux.Memory);
        Assert.Equal((1UL, 1UL), (first.Run(code), second.Run(code)));

        WriteUnnoticed(linux.Memory, code);
        linux.Must("riscv_flush_icache", code, code + 4, 0);

        Assert.Equal((100UL, 100UL), (first.Run(code), second.Run(code)));
    }

    private static unsafe void WriteUnnoticed(GuestMemory memory, ulong address) =>
        *(uint*)(memory.Arena + address) = AddHundred;

    /// <summary>A hart and its engine, which start each run with a0 = 0.</summary>
    private sealed class Engine(GuestMemory memory) : IDisposable
    {
        private readonly Hart hart = new(0, HartFixture.Costs);
        private readonly Interpreter<FlatAddressSpace> engine = new(new FlatAddressSpace(memory), HartFixture.Costs);

        internal ulong Run(ulong address)
        {
            hart.Pc = address;
            hart.SetX(10, 0);
            engine.Run(hart, 1000);
            return hart.GetX(10);
        }

        public void Dispose()
        {
            engine.Dispose();
            hart.Dispose();
        }
    }
}
