using System.Runtime.ExceptionServices;

namespace Vee.Machines.Linux;

/// <summary>Executes on a stack of its own, so that it can stand still in the midst of what it does, and go on later.
/// </summary>
/// <remarks>
/// The stack is a thread's, but nothing happens beside the caller: of both, one always waits for the other. Used by one
/// thread at a time.
/// </remarks>
internal sealed class Coroutine : IDisposable
{
    private readonly SemaphoreSlim resumed = new(0);
    private readonly SemaphoreSlim paused = new(0);
    private readonly Thread stack;
    private Action? work;
    private ExceptionDispatchInfo? failure;
    private bool isEnding;

    public Coroutine()
    {
        stack = new Thread(Execute) { IsBackground = true, Name = "coroutine" };
        stack.Start();
    }

    /// <summary>Whether work stands still in the midst.</summary>
    public bool IsSuspended { get; private set; }

    /// <summary>Begins work, or goes on with the one that stands still, until it ends or suspends itself.</summary>
    /// <param name="next">What to do; of no effect while other work stands still.</param>
    /// <returns>Whether it has ended.</returns>
    public bool Run(Action next)
    {
        if (!IsSuspended)
        {
            work = next;
        }

        Resume();
        var thrown = failure;
        failure = null;
        thrown?.Throw();
        return !IsSuspended;
    }

    /// <summary>Stands still until the caller goes on; called by the work.</summary>
    /// <exception cref="OperationCanceledException">It never goes on.</exception>
    public void Suspend()
    {
        IsSuspended = true;
        paused.Release();
        resumed.Wait();
        IsSuspended = false;
        if (isEnding)
        {
            throw new OperationCanceledException("the machine is no more");
        }
    }

    /// <summary>Ends the work that stands still, if there is one: it is left as by an exception.</summary>
    public void Dispose()
    {
        if (isEnding)
        {
            return;
        }

        isEnding = true;
        Resume();
        stack.Join();
        resumed.Dispose();
        paused.Dispose();
    }

    private void Resume()
    {
        resumed.Release();
        paused.Wait();
    }

    private void Execute()
    {
        while (true)
        {
            resumed.Wait();
            if (!isEnding)
            {
                Try(work!);
            }

            var isLast = isEnding;
            paused.Release();
            if (isLast)
            {
                return;
            }
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (OperationCanceledException) when (isEnding)
        {
            // Whoever ended it knows.
        }
#pragma warning disable CA1031 // It is thrown at whoever runs this.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            failure = ExceptionDispatchInfo.Capture(thrown);
        }
    }
}
