using Vee.ControlPlane.Tests.Servers;
using Xunit.Runner.InProc.SystemConsole;

// Run with "serve", the test program is a server that a test can kill.
return args is ["serve", ..] ? await ChildServer.RunAsync(args[1..]) : await ConsoleRunner.Run(args);
