using Vee.Machines.Linux;

namespace Vee.Hypervisor.Scenarios.Reading;

/// <summary>Reads machines.</summary>
/// <param name="programs">Finds a program by the name that is written.</param>
internal sealed class MachineReader(Func<string, ProgramLookup> programs)
{
    private const long MemoryMin = 1L << 20;
    private const long MemoryMax = 128L << 30;
    private const long MemoryStandard = 256L << 20;
    private const int TextsMax = 256;
    private const int TextMax = 4096;

    private readonly Dictionary<string, ProgramLookup> found = [];

    /// <summary>A machine; null when it is none.</summary>
    public MachineLoad? Read(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var programField = fields.Required("program");
        var program = programField is null ? null : Program(programField);
        var args = fields.Optional("args") is { } list ? All(list, Argument) : [];
        var env = fields.Optional("env") is { } variables ? All(variables, Variable) : [];
        var harts = fields.Optional("harts") is { } count ? count.Whole(1, ProcessOptions.HartCountMax) : 1;
        var memory = fields.Optional("memory") is { } size ? size.Size(MemoryMin, MemoryMax) : MemoryStandard;
        var addressField = fields.Optional("address");
        var address = addressField?.Address();
        fields.Finish();
        if (program is null || args is null || env is null || harts is not { } hartCount
            || memory is not { } bytes || (addressField is not null && address is null))
        {
            return null;
        }

        var machine = new MachineLoad(program, (int)hartCount, bytes)
        {
            Arguments = args,
            Environment = env,
            Address = address,
        };
        if (machine.Refusal() is { Length: > 0 } refusal)
        {
            programField!.Refuse($"'{ScenarioText.Shown(program.Name)}' cannot be run: {refusal}; "
                + "a static program for RISC-V (RV64GC) Linux is needed");
            return null;
        }

        return machine;
    }

    private ScenarioProgram? Program(ScenarioValue value)
    {
        if (value.Text("builtin:NAME, or the path of a program") is not { } name)
        {
            return null;
        }

        if (!found.TryGetValue(name, out var lookup))
        {
            lookup = programs(name);
            found.Add(name, lookup);
        }

        if (lookup.Program is null)
        {
            value.Refuse(lookup.Refusal);
        }

        return lookup.Program;
    }

    private static List<string>? All(ScenarioValue value, Func<ScenarioValue, string?> read)
    {
        var items = value.Items(0, TextsMax);
        var texts = items.Select(read).OfType<string>().ToList();
        // A list that is none has no items either, and has been refused.
        return texts.Count == items.Count ? texts : null;
    }

    private static string? Argument(ScenarioValue value) =>
        value.Text("an argument") is { } text && Checked(value, text, "") ? GuestText.FromHost(text) : null;

    private static string? Variable(ScenarioValue value)
    {
        var fields = new FieldReader(value);
        var nameField = fields.Required("name");
        var name = nameField?.Text("the name of a variable");
        var textField = fields.Optional("value");
        var text = textField is null ? "" : textField.Text("the value of a variable");
        fields.Finish();
        if (name?.Length == 0)
        {
            nameField!.Refuse("is empty");
            return null;
        }

        return name is not null && text is not null && Checked(nameField!, name, "=")
            && (textField is null || Checked(textField, text, ""))
            ? GuestText.FromHost($"{name}={text}")
            : null;
    }

    private static bool Checked(ScenarioValue value, string text, string forbidden)
    {
        if (text.Length <= TextMax && !text.AsSpan().ContainsAny($"\0{forbidden}"))
        {
            return true;
        }

        value.Refuse(forbidden.Length == 0
            ? $"must have at most {TextMax} characters, none of them NUL"
            : $"must have at most {TextMax} characters, none of them NUL or '{forbidden}'");
        return false;
    }
}
