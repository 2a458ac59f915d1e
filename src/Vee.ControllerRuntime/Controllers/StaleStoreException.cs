namespace Vee.ControllerRuntime.Controllers;

/// <summary>A store does not show yet what this process wrote. The visit waits; it did not fail.</summary>
internal sealed class StaleStoreException(ObjectKey key) : Exception($"the store is behind the last write of {key}");
