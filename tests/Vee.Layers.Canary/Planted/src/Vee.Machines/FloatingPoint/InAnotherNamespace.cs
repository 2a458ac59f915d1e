namespace Vee.Machines.Floats;

internal sealed class InAnotherNamespace;
