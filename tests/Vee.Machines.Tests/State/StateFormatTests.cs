using System.Text;
using Vee.Machines.Harts;
using Vee.Machines.State;
using Xunit;

namespace Vee.Machines.Tests.State;

/// <summary>What is written is read again, and whatever differs is refused by name.</summary>
public sealed class StateFormatTests
{
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(7)]
    public void Fields_of_every_type_come_back(int pieceBytes) =>
        SampleState.Read(StateBuffer.Source(SampleState.Bytes, pieceBytes));

    [Theory]
    [InlineData(0)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(3_000_000)]
    public void Bytes_of_any_length_come_back(int length)
    {
        var blob = new byte[length];
        new Random(length).NextBytes(blob);
        var bytes = StateBuffer.Written(state =>
        {
            state.UInt64("before", 1);
            state.Bytes("bounded", blob);
            state.Bytes("exact", blob);
            state.UInt64("after", 2);
        });
        foreach (var pieceBytes in new[] { int.MaxValue, 1_000 })
        {
            var reader = new StateReader(StateBuffer.Source(bytes, pieceBytes));
            var exact = new byte[length];

            Assert.Equal(1UL, reader.UInt64("before"));
            Assert.True(reader.Bytes("bounded", length).AsSpan().SequenceEqual(blob));
            reader.Bytes("exact", exact);
            Assert.True(exact.AsSpan().SequenceEqual(blob));
            Assert.Equal(2UL, reader.UInt64("after"));
            reader.Complete();
        }
    }

    [Fact]
    public void Name_of_the_longest_length_comes_back_and_a_longer_one_is_a_bug()
    {
        var name = new string('n', StateFormat.NameBytesMax);
        var bytes = StateBuffer.Written(state => state.UInt64(name, 5));

        Assert.Equal(5UL, new StateReader(StateBuffer.Source(bytes)).UInt64(name));
        Assert.Throws<ArgumentException>(() => StateBuffer.Written(state => state.UInt64(name + "n", 5)));
    }

    [Fact]
    public void Sections_nest_to_the_limit_and_no_deeper()
    {
        static void Write(StateWriter state, int depth)
        {
            if (depth > 0)
            {
                state.Section("s", 1, inner => Write(inner, depth - 1));
            }
        }

        static void Read(StateReader state, int depth)
        {
            if (depth > 0)
            {
                state.Section("s", 1, inner => Read(inner, depth - 1));
            }
        }

        var deepest = StateBuffer.Written(state => Write(state, StateFormat.DepthMax));
        Read(new StateReader(StateBuffer.Source(deepest)), StateFormat.DepthMax);
        var deeper = StateBuffer.Written(state => Write(state, StateFormat.DepthMax + 1));
        var refusal = Assert.Throws<StateRefusedException>(() =>
            Read(new StateReader(StateBuffer.Source(deeper)), StateFormat.DepthMax + 1));
        Assert.Equal("nested too deep", refusal.Reason);
    }

    [Fact]
    public void State_with_an_open_section_cannot_be_completed()
    {
        var writer = new StateWriter(new StateBuffer());

        Assert.Throws<InvalidOperationException>(() => writer.Section("s", 1, inner => inner.Complete()));
    }

    [Fact]
    public void Refusal_names_the_path_of_the_field()
    {
        var bytes = StateBuffer.Written(state => state.Section("machine", 1, machine =>
            machine.List("harts", [1, 2], (hart, value) => hart.UInt64("pc", (ulong)value))));

        var refusal = Assert.Throws<StateRefusedException>(() =>
            new StateReader(StateBuffer.Source(bytes)).Section("machine", 1, machine =>
                machine.List("harts", 2, (hart, _) => hart.UInt64("pc", 1))));

        Assert.Equal("machine.harts[1].pc", refusal.Field);
        Assert.Equal("machine state refused at 'machine.harts[1].pc': 2 is above the limit of 1", refusal.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Field_read_as_something_else_is_refused_by_name(int reading)
    {
        var bytes = StateBuffer.Written(state => state.UInt64("count", 5));
        var reader = new StateReader(StateBuffer.Source(bytes));
        Action read = reading switch
        {
            0 => () => reader.UInt64("other"),
            1 => () => reader.Int64("count"),
            2 => () => reader.Text("count"),
            3 => () => reader.Bytes("count", 10),
            4 => () => reader.UInt64("count", 4),
            5 => () => reader.List("count", 10, (_, _) => { }),
            6 => () => reader.Section("count", 1, _ => { }),
            _ => () => reader.Boolean("count"),
        };

        var refusal = Assert.Throws<StateRefusedException>(read);

        Assert.Equal(reading == 0 ? "other" : "count", refusal.Field);
    }

    [Theory]
    [InlineData(-6, -6)]
    [InlineData(-4, 4)]
    [InlineData(long.MinValue, -6)]
    public void Number_outside_its_bounds_is_refused(long minimum, long maximum)
    {
        var reader = new StateReader(StateBuffer.Source(StateBuffer.Written(state => state.Int64("n", -5))));

        Assert.Equal("n", Assert.Throws<StateRefusedException>(() => reader.Int64("n", minimum, maximum)).Field);
    }

    [Fact]
    public void Section_of_another_version_is_refused()
    {
        var bytes = StateBuffer.Written(state => state.Section("machine", 2, _ => { }));

        var refusal = Assert.Throws<StateRefusedException>(() =>
            new StateReader(StateBuffer.Source(bytes)).Section("machine", 1, _ => { }));

        Assert.Equal("section version 2, this program reads 1", refusal.Reason);
    }

    [Theory]
    [InlineData("", "magic")]
    [InlineData("VEESTAT", "magic")]
    [InlineData("VEESTATF\u0001\0\0\0", "magic")]
    [InlineData("VEESTATE", "version")]
    [InlineData("VEESTATE\u0002\0\0\0", "version")]
    [InlineData("VEESTATE\u0001\0\0\u0001", "version")]
    public void State_that_starts_otherwise_is_refused(string start, string field) =>
        Assert.Equal(
            field,
            Assert.Throws<StateRefusedException>(() =>
                new StateReader(StateBuffer.Source(Encoding.Latin1.GetBytes(start)))).Field);

    [Fact]
    public void Hart_comes_back_as_it_was()
    {
        using var hart = new Hart(0, CostModel.InOrder) { Pc = 0x1234, FloatControl = 0xE1 };
        for (var index = 0; index < 32; index++)
        {
            hart.SetX(index, (ulong)index * 0x0101_0101_0101_0101);
            hart.SetF(index, ~((ulong)index * 3));
        }

        hart.Charge(1_000);
        hart.AdvanceTo(5_000);
        hart.Charge(7);
        var bytes = StateBuffer.Written(hart.Save);
        using var restored = new Hart(0, CostModel.InOrder);
        var reader = new StateReader(StateBuffer.Source(bytes));
        restored.Restore(reader);
        reader.Complete();

        Assert.Empty(Execution.HartSnapshot.Of(hart).DifferencesTo(Execution.HartSnapshot.Of(restored)));
        Assert.Equal(5_007, restored.Now);
    }
}
