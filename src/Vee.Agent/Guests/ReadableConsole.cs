using Vee.Agent.Consoles;

namespace Vee.Agent.Guests;

/// <summary>What a reader needs of an instance, whether it is here still or not.</summary>
/// <param name="Log">What it has written.</param>
/// <param name="End">How it ended; null as long as it has not.</param>
internal sealed record ReadableConsole(ConsoleLog Log, Func<GuestEnd?> End)
{
    internal static ReadableConsole Of(Guest guest) => new(guest.Log, () => guest.View.End);

    internal static ReadableConsole Of(PastConsole past) => new(past.Log, () => past.End);
}
