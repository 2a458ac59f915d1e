namespace Vee.ControlPlane.Patching;

/// <summary>How a field merges.</summary>
internal sealed class FieldType
{
}
