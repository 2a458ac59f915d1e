using k8s.Models;
using Vee.Api.VirtualMachines;

namespace Vee.Cli.Commands.Machines;

/// <summary>What a machine's conditions say.</summary>
internal static class ConditionText
{
    /// <summary>The condition of a type; null when the operator has not written it.</summary>
    internal static V1Condition? Find(VirtualMachine machine, string type) =>
        machine.Status?.Conditions?.FirstOrDefault(condition => condition.Type == type);

    internal static bool IsTrue(VirtualMachine machine, string type) => Find(machine, type)?.Status == "True";
}
