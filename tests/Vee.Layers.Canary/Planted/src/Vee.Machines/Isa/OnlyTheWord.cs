namespace Vee.Machines.Isa;

/* Innocent: unsafe code is only talked about here. */
internal static class OnlyTheWord
{
    internal const string Word = "unsafe";
}
