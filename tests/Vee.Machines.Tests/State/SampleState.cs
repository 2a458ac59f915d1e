using Vee.Machines.State;

namespace Vee.Machines.Tests.State;

/// <summary>A small state with every type of field, nested sections and lists.</summary>
internal static class SampleState
{
    internal static readonly byte[] Blob = [.. Enumerable.Range(0, 100).Select(index => (byte)(index * 7))];

    internal static byte[] Bytes { get; } = StateBuffer.Written(Write);

    internal static void Write(StateWriter state)
    {
        state.UInt64("zero", 0);
        state.UInt64("largest", ulong.MaxValue);
        state.Section("machine", 3, machine =>
        {
            machine.Int64("smallest", long.MinValue);
            machine.Int64("int", -5);
            machine.Boolean("yes", true);
            machine.Boolean("no", false);
            machine.Text("text", "grüße, 機械");
            machine.Text("empty", "");
            machine.List("harts", [10, 20, 30], (hart, value) => hart.Section("hart", 1, inner =>
            {
                inner.UInt64("pc", (ulong)value);
                inner.List("nothing", Array.Empty<int>(), (_, _) => { });
            }));
        });
        state.Bytes("fixed", Blob);
        state.Bytes("bounded", Blob);
        state.Bytes("into", Blob);
        state.Bytes("none", []);
    }

    /// <summary>Reads it and checks every value.</summary>
    /// <exception cref="StateRefusedException">Something differs.</exception>
    internal static void Read(IStateSource source)
    {
        var state = new StateReader(source);
        Expect(state, "zero", state.UInt64("zero", 0) == 0);
        Expect(state, "largest", state.UInt64("largest") == ulong.MaxValue);
        state.Section("machine", 3, machine =>
        {
            Expect(machine, "smallest", machine.Int64("smallest") == long.MinValue);
            Expect(machine, "int", machine.Int32("int", -5, 5) == -5);
            Expect(machine, "yes", machine.Boolean("yes"));
            Expect(machine, "no", !machine.Boolean("no"));
            Expect(machine, "text", machine.Text("text") == "grüße, 機械");
            Expect(machine, "empty", machine.Text("empty").Length == 0);
            machine.List("harts", 3, (hart, index) => hart.Section("hart", 1, inner =>
            {
                Expect(inner, "pc", inner.UInt64("pc", 30) == (ulong)(index + 1) * 10);
                inner.List("nothing", 0, (_, _) => throw new InvalidOperationException("The list is empty."));
            }));
        });
        var exact = new byte[Blob.Length];
        state.Bytes("fixed", exact);
        Expect(state, "fixed", exact.AsSpan().SequenceEqual(Blob));
        Expect(state, "bounded", state.Bytes("bounded", 100).AsSpan().SequenceEqual(Blob));
        var buffer = new byte[200];
        Expect(state, "into", state.BytesInto("into", buffer) == 100 && buffer.AsSpan(0, 100).SequenceEqual(Blob));
        Expect(state, "none", state.Bytes("none", 0).Length == 0);
        state.Complete();
    }

    private static void Expect(StateReader state, string name, bool isEqual)
    {
        if (!isEqual)
        {
            throw state.Refuse(name, "has another value");
        }
    }
}
