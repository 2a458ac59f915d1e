using System.Globalization;
using System.Text;

namespace Vee.Machines.Linux;

/// <summary>Writes finished system calls as strace does: <c>openat(-100, "/etc/hosts", 0x0) = 3</c>.</summary>
internal static class SyscallText
{
    private const int TextCharactersMax = 64;
    private const long WorkingDirectory = -100;

    // Results at or above this are addresses or masks; a count of bytes is smaller.
    private const long DecimalMax = 1L << 31;

    /// <summary>The name of a call; <c>syscall_N</c> for a number without one.</summary>
    internal static string NameOf(ulong number) =>
        SyscallTable.Find(number)?.Name ?? SyscallNames.Of(number);

    /// <summary>Writes a call with its result.</summary>
    /// <param name="user">Where texts that arguments point to are.</param>
    /// <param name="number">The call.</param>
    /// <param name="arguments">Its argument registers; those that the call does not have are left out.</param>
    /// <param name="result">What it returned.</param>
    internal static string Format(
        UserMemory user, ulong number, in SyscallArguments arguments, SyscallResult result)
    {
        var kinds = SyscallTable.Find(number)?.Arguments;
        var text = new StringBuilder(NameOf(number)).Append('(');
        var count = kinds?.Length ?? 6;
        for (var index = 0; index < count; index++)
        {
            text.Append(index == 0 ? "" : ", ");
            text.Append(Argument(user, kinds is null ? ArgumentKind.Bits : kinds[index], arguments[index]));
        }

        return text.Append(") = ").Append(Result(result)).ToString();
    }

    private static string Argument(UserMemory user, ArgumentKind kind, ulong value) => kind switch
    {
        ArgumentKind.Int => string.Create(CultureInfo.InvariantCulture, $"{(long)value}"),
        ArgumentKind.Size => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        ArgumentKind.File => (int)value == WorkingDirectory
            ? "AT_FDCWD"
            : string.Create(CultureInfo.InvariantCulture, $"{(int)value}"),
        ArgumentKind.Pointer when value == 0 => "NULL",
        ArgumentKind.Path or ArgumentKind.Text => Quoted(user, value),
        ArgumentKind.Signal => (int)value is > 0 and <= Signals.SignalNumbers.Max
            ? $"SIG{Signals.SignalNumbers.Name((int)value)}"
            : string.Create(CultureInfo.InvariantCulture, $"{(int)value}"),
        _ => $"0x{value:x}",
    };

    private static string Quoted(UserMemory user, ulong address)
    {
        if (address == 0)
        {
            return "NULL";
        }

        var error = user.TryReadText(address, out var text);
        if (error != Errno.None)
        {
            return $"0x{address:x}";
        }

        var quoted = new StringBuilder("\"");
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, TextCharactersMax)))
        {
            quoted.Append(character switch
            {
                '"' or '\\' => $"\\{character}",
                '\n' => "\\n",
                >= ' ' and <= '~' => $"{character}",
                _ => $"\\x{(int)character:x2}",
            });
        }

        return quoted.Append(text.Length > TextCharactersMax ? "\"..." : "\"").ToString();
    }

    private static string Result(SyscallResult result)
    {
        if (result.IsNoReturn)
        {
            return "?";
        }

        if (result.IsError)
        {
            return $"-1 {result.Error}";
        }

        return result.Raw is >= 0 and < DecimalMax
            ? string.Create(CultureInfo.InvariantCulture, $"{result.Raw}")
            : $"0x{(ulong)result.Raw:x}";
    }
}
