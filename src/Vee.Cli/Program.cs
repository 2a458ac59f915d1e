using Vee.Cli.Commands;

return CommandLine.Run(args);
