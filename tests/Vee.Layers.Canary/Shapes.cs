using System.Runtime.CompilerServices;

// A production project as a friend is planted; a test project as a friend is innocent.
[assembly: InternalsVisibleTo("Vee.Hypervisor")]
[assembly: InternalsVisibleTo("Vee.Layers.Tests")]

#pragma warning disable MA0047
namespace Vee.Layers.Canary.Shapes
{
    internal class Unsealed;

    internal class UnsealedGeneric<T>
    {
        internal T? Value { get; init; }
    }

    /// <summary>Innocent: something derives from it.</summary>
    internal class Inherited<T>
    {
        internal T? Value { get; init; }
    }

    /// <summary>Innocent.</summary>
    internal sealed class Inheritor : Inherited<int>;

    internal sealed class PageManager;

    internal sealed class PageHelper<T>
    {
        internal T? Value { get; init; }
    }

    internal static class PageUtils;

    internal readonly record struct PageInfo(int Value);

    /// <summary>Innocent: exempt by name.</summary>
    internal readonly record struct SignalInfo(int Value);

    internal sealed class RetryOptions;

    internal struct RetryPolicy
    {
        internal int Attempts { get; set; }
    }

    /// <summary>Innocent.</summary>
    internal sealed record LogOptions(int Level);

    /// <summary>Innocent.</summary>
    internal readonly record struct EvictionPolicy(int Age);

    internal sealed class PageController;
}

namespace Vee.Layers.Canary.Controllers
{
    /// <summary>Innocent.</summary>
    internal sealed class PageController;
}
