using Vee.Machines.Linux.Files;

namespace Vee.Machines.Linux.Polling;

/// <summary>Readiness as guests ask for it: poll.h's synonyms, and epoll's flags.</summary>
internal static class PollBits
{
    internal const uint ReadNormal = 0x40;
    internal const uint WriteNormal = 0x100;
    internal const uint Always = (uint)(PollEvents.Error | PollEvents.HangUp | PollEvents.Invalid);
    internal const uint Exclusive = 1u << 28;
    internal const uint WakeUp = 1u << 29;
    internal const uint OneShot = 1u << 30;
    internal const uint EdgeTriggered = 1u << 31;
    internal const uint EpollFlags = Exclusive | WakeUp | OneShot | EdgeTriggered;

    /// <summary>Adds the synonyms: what can be read is also POLLRDNORM, what can be written POLLWRNORM.</summary>
    internal static uint Expand(PollEvents events) =>
        (uint)events
        | ((events & PollEvents.In) != 0 ? ReadNormal : 0)
        | ((events & PollEvents.Out) != 0 ? WriteNormal : 0);
}
