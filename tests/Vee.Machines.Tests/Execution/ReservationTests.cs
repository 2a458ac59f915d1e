using Vee.Machines.Harts;
using Vee.Machines.Isa;
using Vee.Machines.Tests.Isa;
using Xunit;

namespace Vee.Machines.Tests.Execution;

/// <summary>Pairs of LR and SC: ISA manual, chapter "A", "Load-Reserved/Store-Conditional Instructions".</summary>
public sealed class ReservationTests
{
    private const int Address = 11, Value = 12, Other = 13, Loaded = 14, Status = 15;
    private const ulong Old = 0x8000_0001_8000_0002;
    private const ulong New = 0x1122_3344_5566_7788;

    public static TheoryData<Opcode, Opcode, ulong> Pairs => new()
    {
        { Opcode.LrW, Opcode.ScW, 0x8000_0001_5566_7788 },
        { Opcode.LrD, Opcode.ScD, New },
    };

    public static TheoryData<Opcode, Opcode> Mismatches => new()
    {
        { Opcode.LrW, Opcode.ScD },
        { Opcode.LrD, Opcode.ScW },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Store_conditional_after_load_reserved_stores(Opcode load, Opcode store, ulong stored)
    {
        using var fixture = Arrange(Load(load), Store(store));

        fixture.Run(2);

        Assert.Equal(0UL, fixture.Hart.GetX(Status));
        Assert.Equal(stored, fixture.Get(HartFixture.Data));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Store_conditional_succeeds_once(Opcode load, Opcode store, ulong stored)
    {
        using var fixture = Arrange(Load(load), Store(store), Store(store, Other));

        fixture.Run(3);

        Assert.Equal(1UL, fixture.Hart.GetX(Status));
        Assert.Equal(stored, fixture.Get(HartFixture.Data));
    }

    [Theory]
    [MemberData(nameof(Mismatches))]
    public void Store_conditional_of_another_size_fails(Opcode load, Opcode store)
    {
        using var fixture = Arrange(Load(load), Store(store));

        fixture.Run(2);

        AssertFailed(fixture);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Store_conditional_to_another_address_fails_and_ends_the_reservation(Opcode load, Opcode store, ulong _)
    {
        uint next = Assembler.Encode(Opcode.Addi, Address, Address, immediate: 8);
        uint back = Assembler.Encode(Opcode.Addi, Address, Address, immediate: -8);
        using var fixture = Arrange(Load(load), next, Store(store), back, Store(store));

        fixture.Run(3);
        Assert.Equal(1UL, fixture.Hart.GetX(Status));
        fixture.Run(2);

        AssertFailed(fixture);
        Assert.Equal(0UL, fixture.Get(HartFixture.Data + 8));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Store_conditional_after_another_value_was_stored_fails(Opcode load, Opcode store, ulong _)
    {
        using var fixture = Arrange(
            Load(load), Assembler.Encode(Opcode.Sb, rs1: Address, rs2: Other), Store(store));
        fixture.X(Other, 0x55);

        fixture.Run(3);

        Assert.Equal(1UL, fixture.Hart.GetX(Status));
        Assert.Equal((Old & ~0xFFUL) | 0x55, fixture.Get(HartFixture.Data));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Store_conditional_after_a_store_of_another_hart_fails(Opcode load, Opcode store, ulong _)
    {
        using var fixture = Arrange(Load(load), Store(store));
        fixture.Run(1);
        fixture.Put(HartFixture.Data, 0x99);

        fixture.Run(1);

        Assert.Equal(1UL, fixture.Hart.GetX(Status));
        Assert.Equal((Old & ~0xFFUL) | 0x99, fixture.Get(HartFixture.Data));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Store_conditional_after_a_context_switch_fails(Opcode load, Opcode store, ulong _)
    {
        using var fixture = Arrange(Load(load), Store(store));
        fixture.Run(1);
        var context = new HartContext();
        fixture.Hart.SaveContext(context);
        fixture.Hart.LoadContext(context);

        fixture.Run(1);

        AssertFailed(fixture);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Store_conditional_after_the_reservation_was_cleared_fails(Opcode load, Opcode store, ulong _)
    {
        using var fixture = Arrange(Load(load), Store(store));
        fixture.Run(1);
        fixture.Hart.ClearReservation();

        fixture.Run(1);

        AssertFailed(fixture);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Load_reserved_elsewhere_replaces_the_reservation(Opcode load, Opcode store, ulong stored)
    {
        uint elsewhere = Assembler.Encode(load, Loaded, Other);
        using var fixture = Arrange(Load(load), elsewhere, Store(store), elsewhere, Load(load), Store(store));
        fixture.X(Other, HartFixture.Data + 64);

        fixture.Run(3);
        AssertFailed(fixture);
        fixture.Run(3);

        Assert.Equal(0UL, fixture.Hart.GetX(Status));
        Assert.Equal(stored, fixture.Get(HartFixture.Data));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Reservation_survives_the_end_of_a_budget(Opcode load, Opcode store, ulong stored)
    {
        using var fixture = Arrange(Load(load), HartFixture.Nop, HartFixture.Nop, Store(store));
        for (var count = 0; count < 4; count++)
        {
            fixture.Run(1);
        }

        Assert.Equal(0UL, fixture.Hart.GetX(Status));
        Assert.Equal(stored, fixture.Get(HartFixture.Data));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Store_conditional_into_its_own_source_stores_the_old_value(Opcode load, Opcode store, ulong stored)
    {
        using var fixture = Arrange(Load(load), Assembler.Encode(store, Value, Address, Value));

        fixture.Run(2);

        Assert.Equal(0UL, fixture.Hart.GetX(Value));
        Assert.Equal(stored, fixture.Get(HartFixture.Data));
    }

    private static void AssertFailed(HartFixture fixture)
    {
        Assert.Equal(1UL, fixture.Hart.GetX(Status));
        Assert.Equal(Old, fixture.Get(HartFixture.Data));
    }

    private static HartFixture Arrange(params ReadOnlySpan<uint> program)
    {
        var fixture = new HartFixture().Program(program).X(Address, HartFixture.Data).X(Value, New);
        fixture.Put(HartFixture.Data, BitConverter.GetBytes(Old));
        return fixture;
    }

    private static uint Load(Opcode opcode) => Assembler.Encode(opcode, Loaded, Address);

    private static uint Store(Opcode opcode, int value = Value) => Assembler.Encode(opcode, Status, Address, value);
}
