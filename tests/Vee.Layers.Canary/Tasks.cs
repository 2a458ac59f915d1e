namespace Vee.Layers.Canary.Tasks;

internal sealed class ReturnsATask
{
    internal static Task Run() => Task.CompletedTask;
}

internal sealed class IsAsynchronous
{
    internal static async ValueTask Run() => await Task.Yield();
}
